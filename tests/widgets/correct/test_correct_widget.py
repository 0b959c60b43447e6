from __future__ import annotations

import numpy as np
import pytest
from qtpy.QtCore import Qt

from napari_nuclei.widgets.correct.marks import NAME

TIMEOUT_MS = 20_000


@pytest.fixture
def dock(make_napari_viewer, plane, qtbot):
    """Return a viewer with the nuclei of `plane`, and the dock on them."""
    viewer = make_napari_viewer(show=True)
    viewer.add_image(np.where(plane > 0, 4000, 100).astype(np.uint16), name="cells")
    viewer.add_labels(plane.copy(), name="nuclei")
    _, widget = viewer.window.add_plugin_dock_widget("napari-nuclei", "Correct nuclei")
    qtbot.waitUntil(lambda: not widget.busy, timeout=TIMEOUT_MS)
    return viewer, widget


def test_the_dock_from_its_buttons_to_its_keys(dock, qtbot, network) -> None:
    viewer, widget = dock
    layer, session = viewer.layers["nuclei"], widget.session
    canvas = viewer.window._qt_viewer.canvas.native

    def message() -> str:
        return widget.status_panel.status.value

    def press(key: str) -> None:
        qtbot.keyClicks(canvas, key)
        qtbot.waitUntil(lambda: not widget.busy, timeout=TIMEOUT_MS)

    assert session.layer is layer and not widget.extent.visible
    assert widget.native.sizeHint().height() < 600
    press("d")
    assert widget.mouse.tool == "delete"
    assert widget.tool_buttons.buttons["delete"].isChecked()
    qtbot.mouseClick(widget.tool_buttons.buttons["merge"], Qt.MouseButton.LeftButton)
    assert widget.mouse.tool == "merge"
    qtbot.keyClick(canvas, Qt.Key.Key_Escape)
    assert not widget.mouse.tool
    press("t")
    assert message() == "Select a nucleus first: click on it without a tool."
    press("w")
    first = session.selected
    assert first and widget.reason_line.text().startswith(f"Nucleus {first}: ")
    press("c")
    assert session.state.accepted == {first} and session.selected != first
    assert widget.count_line.text().startswith("1 of 6 checked")
    widget.corrections.delete([(30, 150)])
    qtbot.waitUntil(lambda: not widget.busy, timeout=TIMEOUT_MS)
    assert len(widget.queue.table) == 5
    widget.adding.add((30, 150))
    qtbot.waitUntil(lambda: not widget.busy, timeout=TIMEOUT_MS)
    assert layer.data[30, 150] == 7
    assert message().startswith("Added nucleus 7 by the ")
    session.accept(range(1, 7))
    session.select(7)
    for _ in range(2):
        press("c")
        assert session.state.accepted >= {7} and not session.selected
    viewer.layers.selection.active = viewer.layers["cells"]
    qtbot.keyClicks(canvas, "d")
    assert not widget.mouse.tool  # keys of an image stay what they are
    widget.mouse.choose("add")
    viewer.window.remove_dock_widget(widget.native)
    assert not layer.keymap and NAME not in viewer.layers
    assert layer.mode == "pan_zoom" and not session.viewer.mouse_drag_callbacks[2:]


def test_a_stack_offers_to_correct_one_slice(dock, volume, qtbot) -> None:
    viewer, widget = dock
    layer = viewer.add_labels(volume.layers["nuclei"].data, name="stack")
    qtbot.waitUntil(lambda: not widget.busy, timeout=TIMEOUT_MS)
    assert widget.labels_box.value is layer and widget.extent.visible
    assert widget.extent.value == "whole nucleus" and widget.session.whole_nucleus
    for box in (widget.labels_box, widget.extent):  # letters stay keys after a click
        assert not box.native.focusPolicy() & Qt.FocusPolicy.ClickFocus
    widget.extent.value = "this slice"
    assert not widget.session.whole_nucleus
    widget.labels_box.value = viewer.layers["nuclei"]
    assert widget.session.layer is viewer.layers["nuclei"]
    viewer.layers.remove("nuclei")
    viewer.layers.remove("stack")
    qtbot.waitUntil(lambda: not widget.busy, timeout=TIMEOUT_MS)
    assert widget.count_line.text().startswith("No labels are open.")
