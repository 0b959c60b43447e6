"""The rows of the tables in docks."""

from __future__ import annotations

import pytest
from qtpy.QtWidgets import QAbstractItemView, QTableWidget, QTableWidgetItem

from napari_nuclei.widgets.shared.compact_rows import set_compact_rows


@pytest.fixture
def table(qtbot) -> QTableWidget:
    table = QTableWidget(2, 1)
    qtbot.addWidget(table)
    for row, text in enumerate(["b", "a"]):
        table.setItem(row, 0, QTableWidgetItem(text))
    set_compact_rows(table, visible_rows=4)
    return table


def test_rows_keep_their_order_until_a_column_is_clicked(table) -> None:
    assert table.item(0, 0).text() == "b"
    table.sortByColumn(0, table.horizontalHeader().sortIndicatorOrder())
    assert table.item(0, 0).text() == "a"


def test_a_row_is_selected_whole_and_not_edited(table) -> None:
    assert table.selectionBehavior() == QAbstractItemView.SelectionBehavior.SelectRows
    assert table.editTriggers() == QAbstractItemView.EditTrigger.NoEditTriggers


def test_the_table_has_room_for_the_rows_and_its_header(table) -> None:
    assert table.minimumHeight() == 6 * table.rowHeight(0)
