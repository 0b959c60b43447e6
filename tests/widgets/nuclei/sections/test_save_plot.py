from __future__ import annotations

from napari_nuclei.widgets.nuclei.sections import save_plot as module
from napari_nuclei.widgets.nuclei.sections.histogram import HistogramSection


def test_the_outcome_of_a_save_is_shown(opened, tmp_path, monkeypatch) -> None:
    section = opened(HistogramSection)
    asked = []

    def ask(parent, title, name, kinds):
        asked.append(name)
        return tmp_path / paths.pop()

    paths = ["plot.svg", "missing.jpg"]
    monkeypatch.setattr(module, "ask_save", ask)
    section.save.native.click()
    assert "saved as .png or .svg; got missing.jpg" in section.message.value
    section.save.native.click()
    assert section.message.value == f"Saved {tmp_path / 'plot.svg'}."
    assert asked == ["ki67_mean.png"] * 2
    assert [path.name for path in tmp_path.glob("*.*")] == ["plot.svg"]
