from __future__ import annotations

import numpy as np
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest


def test_the_arrow_keys_walk_from_nucleus_to_nucleus(dock, qtbot) -> None:
    viewer, widget = dock
    view = widget.table
    view.setFocus()
    view.setCurrentIndex(view.table.index(0, 0))
    for _ in range(2):
        QTest.keyClick(view, Qt.Key.Key_Down)
        qtbot.wait(20)
    assert widget.session.selected == {3}
    centre = widget.session.frame.loc[3, ["centroid_y", "centroid_x"]]
    np.testing.assert_allclose(viewer.scene.camera.center[-2:], centre)


def test_a_selection_elsewhere_is_shown_in_a_sorted_and_filtered_table(dock) -> None:
    _, widget = dock
    view, session = widget.table, widget.session
    view.sortByColumn(0, Qt.SortOrder.DescendingOrder)
    session.set_filter("label != 5")
    session.select([2, 5])
    rows = {index.row() for index in view.selectionModel().selectedRows()}
    assert view.table.labels_at(np.array(sorted(rows))).tolist() == [2]
    assert session.selected == {2, 5}


def test_all_rows_can_be_selected_by_a_key(dock, qtbot) -> None:
    _, widget = dock
    widget.table.selectAll()
    qtbot.wait(20)
    assert widget.session.selected == {1, 2, 3, 4, 5, 6}
    assert "6 selected" in widget.status_panel.status.value


def test_the_scroll_position_survives_an_edit(dock, qtbot) -> None:
    _, widget = dock
    bar = widget.table.horizontalScrollBar()
    bar.setValue(bar.maximum() // 2)
    before = bar.value()
    assert before > 0
    widget.session.set_column("class", list("abcabc"))
    assert bar.value() == before
