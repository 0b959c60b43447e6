from __future__ import annotations

import numpy as np
import pytest
from qtpy.QtCore import QPoint, Qt

from napari_nuclei.widgets.layers.viewport import camera_of

LEFT = Qt.MouseButton.LeftButton
NOTHING = Qt.KeyboardModifier.NoModifier


@pytest.fixture
def click(dock, qtbot):
    """Return a function that clicks on a pixel of the labels."""
    viewer, widget = dock
    canvas = viewer.window._qt_viewer.canvas.native

    def screen(row: float, column: float) -> QPoint:
        camera = camera_of(viewer)
        world = widget.session.labels_layer.data_to_world((row, column))
        offset = (np.asarray(world)[-2:] - camera.center[-2:]) * camera.zoom
        y, x = np.add(offset, (canvas.height() / 2, canvas.width() / 2))
        return QPoint(round(x), round(y))

    def click_(row: float, column: float, modifier=NOTHING, drag: int = 0) -> None:
        start = screen(row, column)
        qtbot.mousePress(canvas, LEFT, modifier, start)
        if drag:
            qtbot.mouseMove(canvas, start + QPoint(drag, 0))
        qtbot.mouseRelease(canvas, LEFT, modifier, start + QPoint(drag, 0))
        qtbot.wait(20)

    return click_


def test_a_click_on_a_nucleus_selects_its_row(dock, click) -> None:
    _, widget = dock
    widget.session.set_filter("label > 2")
    widget.table.sortByColumn(0, Qt.SortOrder.DescendingOrder)
    click(90, 30)
    assert widget.session.selected == {4}
    (row,) = widget.table.selectionModel().selectedRows()
    assert widget.table.table.data(row) == "4"
    click(90, 90, Qt.KeyboardModifier.ShiftModifier)
    assert widget.session.selected == {4, 5}
    click(90, 90, Qt.KeyboardModifier.ShiftModifier)
    assert widget.session.selected == {4}
    click(60, 60)
    assert widget.session.selected == frozenset()


def test_a_click_works_while_the_image_is_the_active_layer(dock, click) -> None:
    viewer, widget = dock
    viewer.layers.selection.active = viewer.layers["dapi"]
    click(30, 90)
    assert widget.session.selected == {2}


def test_painting_selects_nothing(dock, click) -> None:
    _, widget = dock
    layer = widget.session.labels_layer
    layer.mode = "paint"
    click(30, 90)
    assert widget.session.selected == frozenset()


def test_a_drag_of_the_picture_selects_nothing(dock, click) -> None:
    _, widget = dock
    widget.session.select([1])
    click(60, 60, drag=30)
    assert widget.session.selected == {1}


def test_a_click_in_a_stack_selects_the_row_of_the_plane(dock, click, channels) -> None:
    viewer, widget = dock
    labels, _ = channels
    layer = viewer.add_labels(np.stack([labels, labels[::-1]]), name="stack")
    assert widget.session.labels_layer is layer
    viewer.dims.set_current_step(0, 1)
    click(97, 30)  # label 1 in the second plane
    assert widget.session.selected == {1}
    assert widget.session.frame["z"].iloc[widget.session.current] == 1
