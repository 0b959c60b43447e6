from __future__ import annotations

import numpy as np
from qtpy.QtCore import Qt


def cell(widget, row: int, name: str) -> str:
    model = widget.table.table
    return model.data(model.index(row, model.columns.index(name)))


def shown_labels(widget) -> list[int]:
    model = widget.table.table
    return model.labels_at(np.arange(model.rowCount())).tolist()


def wait_for_table(widget, qtbot) -> None:
    qtbot.waitUntil(lambda: not widget.busy, timeout=20_000)


def click_row(widget, qtbot, row: int, modifier=Qt.KeyboardModifier.NoModifier) -> None:
    rect = widget.table.visualRect(widget.table.table.index(row, 0))
    qtbot.mouseClick(
        widget.table.viewport(), Qt.MouseButton.LeftButton, modifier, rect.center()
    )
    qtbot.wait(20)


def test_the_table_is_there_when_the_dock_opens(dock) -> None:
    _, widget = dock
    assert [image.name for image in widget.images.ticked] == ["ki67", "dapi"]
    assert shown_labels(widget) == [1, 2, 3, 4, 5, 6]
    assert cell(widget, 1, "dapi_mean") == "200"
    assert cell(widget, 1, "ki67_mean") == "500"
    assert "6 nuclei, median area" in widget.status_panel.status.value


def test_a_click_on_a_column_sorts(dock, qtbot) -> None:
    _, widget = dock
    column = widget.table.table.columns.index("ki67_mean")
    widget.table.sortByColumn(column, Qt.SortOrder.AscendingOrder)
    assert shown_labels(widget) == [6, 5, 4, 3, 2, 1]


def test_a_click_on_a_row_selects_the_nucleus(dock, qtbot) -> None:
    viewer, widget = dock
    click_row(widget, qtbot, 3)
    layer = widget.session.labels_layer
    assert layer.selected_label == 4
    assert widget.session.selected == {4}
    centre = widget.session.frame.loc[4, ["centroid_y", "centroid_x"]]
    np.testing.assert_allclose(viewer.scene.camera.center[-2:], centre)
    np.testing.assert_allclose(widget.highlight.layer.data, [centre])
    assert viewer.layers.selection.active is layer
    click_row(widget, qtbot, 1, Qt.KeyboardModifier.ControlModifier)
    assert widget.session.selected == {2, 4}
    assert len(widget.highlight.layer.data) == 2


def test_the_table_stays_when_a_layer_of_its_regions_is_selected(dock, qtbot) -> None:
    viewer, widget = dock
    nuclei = widget.session.labels_layer
    halves = np.ones(nuclei.data.shape, np.int32)
    halves[:, halves.shape[1] // 2 :] = 2
    regions = viewer.add_labels(halves)
    assert widget.labels_box.value is regions
    viewer.layers.selection.active = nuclei
    (fold,) = (one for one in widget.sections if "Regions" in one.text())
    fold.expand()
    wait_for_table(widget, qtbot)
    assert widget.session.region_layer is regions
    viewer.layers.selection.active = regions
    assert widget.labels_box.value is nuclei
    fold.collapse()
    viewer.layers.selection.active = nuclei
    viewer.layers.selection.active = regions
    assert widget.labels_box.value is regions


def test_a_painted_nucleus_gets_a_row(dock, qtbot) -> None:
    _, widget = dock
    layer = widget.session.labels_layer
    layer.data_setitem((np.array([2, 2, 3]), np.array([5, 6, 5])), 9)
    wait_for_table(widget, qtbot)
    assert shown_labels(widget)[-1] == 9
    assert cell(widget, 6, "area") == "3"
    assert layer.features["area"][9] == 3
    layer.undo()
    wait_for_table(widget, qtbot)
    assert shown_labels(widget) == [1, 2, 3, 4, 5, 6]


def test_closing_the_dock_leaves_the_viewer_as_it_was(dock, qtbot) -> None:
    viewer, widget = dock
    layer, names = widget.session.labels_layer, [layer.name for layer in viewer.layers]
    colours = layer.colormap
    widget.session.select([2])
    widget.session.colour_by("area")
    qtbot.wait(50)
    viewer.window.remove_dock_widget(widget.native)
    assert [layer.name for layer in viewer.layers] == names
    assert layer.colormap is colours
    layer.paint((5, 5), 30)
    qtbot.wait(60)
    assert 30 not in widget.session.frame.index
    assert widget.clicks not in [
        getattr(call, "__self__", None) for call in viewer.mouse_drag_callbacks
    ]


def test_removing_the_labels_empties_the_table(dock, qtbot) -> None:
    viewer, widget = dock
    widget.session.select([2])
    viewer.layers.remove("nuclei")
    assert widget.table.table.rowCount() == 0
    assert "Choose a Labels layer" in widget.status_panel.status.value
    viewer.add_labels(np.eye(128, 192, dtype=int), name="other")
    wait_for_table(widget, qtbot)
    assert shown_labels(widget) == [1]


def test_the_selected_layer_is_measured(dock, qtbot) -> None:
    viewer, widget = dock
    other = viewer.add_labels(np.eye(9, dtype=int), name="other")
    wait_for_table(widget, qtbot)
    assert widget.session.labels_layer is other and not widget.images.ticked
    viewer.layers.selection.active = viewer.layers["nuclei"]
    wait_for_table(widget, qtbot)
    assert len(shown_labels(widget)) == 6 and len(widget.images.ticked) == 2


def test_a_wrong_filter_is_one_line_and_keeps_the_rows(dock, qtbot) -> None:
    _, widget = dock
    widget.filter.native.setFocus()
    qtbot.keyClicks(widget.filter.native, "label > 4")
    qtbot.waitUntil(lambda: shown_labels(widget) == [5, 6])
    qtbot.keyClicks(widget.filter.native, " and nothing > 1")
    qtbot.waitUntil(lambda: not widget.filter_error.isHidden())
    assert widget.filter_error.text() == "The table has no column nothing."
    assert shown_labels(widget) == [5, 6]
    widget.filter.value = ""
    qtbot.waitUntil(lambda: widget.filter_error.isHidden())
    assert len(shown_labels(widget)) == 6


def test_an_unticked_image_is_not_measured(dock, qtbot) -> None:
    _, widget = dock
    widget.images.item(0).setCheckState(Qt.CheckState.Unchecked)
    wait_for_table(widget, qtbot)
    assert "ki67_mean" not in widget.table.table.columns
    assert "dapi_mean" in widget.table.table.columns


def test_the_first_view_has_the_table_and_closed_sections(dock) -> None:
    _, widget = dock
    assert not any(section.isExpanded() for section in widget.sections)
    assert widget.table.height() > 150
