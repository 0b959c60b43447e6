"""The rows of the tables in docks: one line each, selected whole, sorted by a click."""

from __future__ import annotations

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QAbstractItemView, QHeaderView, QTableView


def set_compact_rows(view: QTableView, visible_rows: int) -> None:
    """Show one line a row; select whole rows; sort by a column only after a click.

    Cells cannot be edited.

    Parameters
    ----------
    view : QTableView
        With its model.
    visible_rows : int
        Number of rows that are visible at least.
    """
    view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    view.setWordWrap(False)
    height = view.fontMetrics().lineSpacing() + 4
    rows, columns = view.verticalHeader(), view.horizontalHeader()
    rows.hide()
    rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
    rows.setMinimumSectionSize(height)
    rows.setDefaultSectionSize(height)
    columns.setHighlightSections(False)
    columns.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
    view.setSortingEnabled(True)
    view.setMinimumHeight((visible_rows + 2) * height)
