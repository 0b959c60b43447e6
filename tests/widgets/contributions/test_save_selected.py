"""Commands of the command palette that save the selected labels."""

from __future__ import annotations

import csv

import numpy as np
import pytest
from napari._app_model import get_app_model

from napari_nuclei.widgets.contributions import save_selected

COMMANDS = {
    "csv": ".csv",
    "geojson": ".geojson",
    "mask": ".png",
    "png": ".png",
    "rois": ".zip",
}


@pytest.fixture
def shown(monkeypatch) -> list[str]:
    """Collect the messages that are shown."""
    messages: list[str] = []
    for name in ("show_info", "show_error"):
        monkeypatch.setattr(save_selected, name, messages.append)
    return messages


def execute(name: str) -> None:
    """Execute a command as the command palette does."""
    get_app_model().commands.execute_command(f"napari-nuclei.write_{name}").result()


@pytest.mark.parametrize("name", COMMANDS)
def test_the_palette_saves_the_selected_labels(
    make_napari_viewer, spots, shown, monkeypatch, tmp_path, name
) -> None:
    path = tmp_path / f"nuclei{COMMANDS[name]}"
    asked = []

    def ask(parent, title, proposed, filter_):
        asked.append((title, proposed, filter_))
        return str(path), filter_

    monkeypatch.setattr(save_selected.QFileDialog, "getSaveFileName", ask)
    viewer = make_napari_viewer()
    viewer.add_labels(np.zeros_like(spots[1]), name="empty")
    viewer.add_labels(spots[1], name="a/b")
    execute(name)
    assert asked == [("Save a/b", f"a-b{path.suffix}", f"*{path.suffix}")]
    assert shown == [f"Saved {path}"]
    assert path.stat().st_size
    if name == "csv":
        with path.open(newline="") as file:
            assert len(list(csv.DictReader(file))) == 6


def test_without_selected_labels_the_palette_says_what_to_do(
    make_napari_viewer, spots, shown
) -> None:
    viewer = make_napari_viewer()
    viewer.add_image(spots[0])
    execute("csv")
    assert shown == [save_selected.NOTHING_SELECTED]


def test_a_cancelled_dialog_saves_nothing(
    make_napari_viewer, spots, shown, monkeypatch
) -> None:
    monkeypatch.setattr(
        save_selected.QFileDialog, "getSaveFileName", lambda *_: ("", "")
    )
    make_napari_viewer().add_labels(spots[1])
    execute("csv")
    assert shown == []


def test_labels_that_do_not_fit_the_format_are_refused_in_a_line(
    make_napari_viewer, spots, shown, monkeypatch, tmp_path
) -> None:
    path = tmp_path / "nuclei.png"
    monkeypatch.setattr(
        save_selected.QFileDialog, "getSaveFileName", lambda *_: (str(path), "")
    )
    make_napari_viewer().add_labels(np.stack([spots[1]] * 3))
    execute("png")
    (message,) = shown
    assert "\n" not in message
    assert "Error" not in message
    assert not path.exists()
