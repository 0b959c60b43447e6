"""Menu entries and commands of the palette that work on the selected layer."""

from __future__ import annotations

import numpy as np
import pytest
from napari._app_model import get_app_model

from napari_nuclei.widgets.contributions import selected_layer


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Collect the messages that are shown."""
    messages: list[str] = []
    monkeypatch.setattr(selected_layer, "show_info", messages.append)
    return messages


def execute(name: str) -> None:
    """Execute a command as the menu and the command palette do."""
    get_app_model().commands.execute_command(f"napari-nuclei.{name}").result()


def test_commands_work_on_the_selected_layer(
    make_napari_viewer, spots, shown, monkeypatch: pytest.MonkeyPatch
) -> None:
    viewer = make_napari_viewer()
    execute("segment_selected")
    execute("measure_selected")
    assert shown == [selected_layer.SELECT_IMAGE, selected_layer.SELECT_LABELS]

    first = viewer.add_image(spots[0], name="first")
    second = viewer.add_image(spots[0], name="second")
    viewer.layers.selection.active = first
    _, dock = viewer.window.add_plugin_dock_widget("napari-nuclei", "Segment nuclei")
    started: list[tuple[str, bool]] = []

    def start(widget) -> None:
        started.append((widget.form.image.value.name, widget.form.track.box.value))

    monkeypatch.setattr(type(dock), "start", start)
    viewer.layers.selection.active = second
    execute("segment_selected")
    assert started == [("second", False)]
    execute("track_selected")
    assert shown[2:] == [selected_layer.NO_TIME]
    movie = viewer.add_image(
        np.stack([spots[0]] * 3), name="movie", axis_labels=("t", "y", "x")
    )
    viewer.layers.selection.active = movie
    execute("track_selected")
    assert started[1:] == [("movie", True)]

    viewer.layers.selection.active = viewer.add_labels(spots[1], name="labels")
    execute("measure_selected")
    assert "Nuclei table (napari-nuclei)" in viewer.window.dock_widgets
    execute("segment_selected")
    assert shown[3:] == [selected_layer.SELECT_IMAGE]
    assert len(started) == 2


def test_the_only_image_needs_no_selection(
    make_napari_viewer, spots, shown, monkeypatch: pytest.MonkeyPatch
) -> None:
    viewer = make_napari_viewer()
    image = viewer.add_image(spots[0], name="image")
    truth = viewer.add_labels(spots[1], name="truth")
    _, dock = viewer.window.add_plugin_dock_widget("napari-nuclei", "Segment nuclei")
    started: list[str] = []
    monkeypatch.setattr(
        type(dock), "start", lambda widget: started.append(widget.form.image.value.name)
    )
    assert viewer.layers.selection.active is truth
    execute("segment_selected")
    assert (started, shown) == (["image"], [])
    assert viewer.layers.selection.active is image
    execute("measure_selected")
    assert viewer.layers.selection.active is truth
    assert shown == []
