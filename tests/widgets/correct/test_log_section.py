from __future__ import annotations

from types import SimpleNamespace

import pytest

from napari_nuclei import read_corrections
from napari_nuclei.core.correct.delete import delete
from napari_nuclei.widgets.correct import log_section
from napari_nuclei.widgets.correct.log_section import LogSection


@pytest.fixture
def section(session, qtbot):
    """Return the section of a dock whose messages are in `session.messages`."""
    panel = SimpleNamespace(show_message=session.messages.append)
    section = LogSection(SimpleNamespace(session=session, status_panel=panel))
    qtbot.addWidget(section)
    return section


def test_the_log_is_saved_where_the_user_says(
    section, session, tmp_path, monkeypatch
) -> None:
    path, names = tmp_path / "log.json", []

    def ask(parent, title, name, kinds):
        names.append(name)
        return path

    monkeypatch.setattr(log_section, "ask_save", ask)
    section.save_button.native.click()
    part = session.part()
    session.apply(part, [delete(part.labels, 3)])
    section.save_button.native.click()
    assert session.messages == [
        "Nothing was corrected yet, so there is no log to save.",
        f"Saved 1 correction in {path}.",
    ]
    assert names == ["nuclei corrections.json"] and len(read_corrections(path)) == 1
    path = tmp_path
    section.save_button.native.click()
    assert str(tmp_path) in session.messages[-1]
    assert not session.messages[-1].startswith("Saved")
