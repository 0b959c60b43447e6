"""The table of nuclei in the dock; its selection is that of the session."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from qtpy.QtCore import (
    QItemSelection,
    QItemSelectionModel,
    QItemSelectionRange,
    Qt,
    QTimer,
)
from qtpy.QtWidgets import QAbstractItemView, QTableView

from napari_nuclei.widgets.nuclei.table.table_model import TableModel
from napari_nuclei.widgets.nuclei.table_session import TableSession
from napari_nuclei.widgets.shared.compact_rows import set_compact_rows

COLUMN_WIDTH = 84
"""Width of a column, in pixels."""

ROWS = 9
"""Number of rows that are visible at least."""


class NucleiTable(QTableView):  # type: ignore[misc]
    """Show the table of a session; sort by a click on a column.

    Parameters
    ----------
    session : TableSession
    """

    def __init__(self, session: TableSession) -> None:
        super().__init__()
        self._session, self._applying = session, False
        self.table = TableModel()
        self.setModel(self.table)
        set_compact_rows(self, ROWS)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        columns = self.horizontalHeader()
        columns.setDefaultSectionSize(COLUMN_WIDTH)
        columns.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.setToolTip("Click on a row to see its nucleus, on a name to sort.")
        session.changed.connect(self.show_rows)
        session.selection_changed.connect(self.show_selection)
        self.selectionModel().selectionChanged.connect(self._on_selected)
        self.clicked.connect(self._on_clicked)
        self.show_rows()

    def show_rows(self) -> None:
        """Show the rows of the session as they are now."""
        before = self.verticalScrollBar().value(), self.horizontalScrollBar().value()
        self._applying = True
        try:
            self.table.set_frame(self._session.frame, self._session.shown)
        finally:
            self._applying = False
        self.verticalScrollBar().setValue(before[0])
        self.horizontalScrollBar().setValue(before[1])
        self._apply_selection()

    def show_selection(self) -> None:
        """Show the selection of the session, and scroll to it."""
        if self._applying:
            return
        self._apply_selection()
        row = None
        if self._session.current is not None:
            row = self.table.shown_row_of(self._session.current)
        if row is not None:
            self.scrollTo(self.table.index(row, 0))

    def _apply_selection(self) -> None:
        self._applying = True
        try:
            rows = self.table.rows_of(self._session.selected)
            last = max(len(self.table.columns) - 1, 0)
            selection = QItemSelection()
            for first, stop in runs(rows):
                selection.append(
                    QItemSelectionRange(
                        self.table.cell(first, 0), self.table.cell(stop - 1, last)
                    )
                )
            flags = QItemSelectionModel.SelectionFlag
            self.selectionModel().select(selection, flags.ClearAndSelect | flags.Rows)
            if len(rows):
                current = self.table.index(int(rows[0]), 0)
                self.selectionModel().setCurrentIndex(current, flags.NoUpdate)
        finally:
            self._applying = False

    def _on_selected(self, *_: object) -> None:
        if not self._applying:
            # The current row is set after the selection.
            QTimer.singleShot(0, self._select)

    def _on_clicked(self, *_: object) -> None:
        self._select()

    def _select(self) -> None:
        ranges = self.selectionModel().selection()
        rows = [np.arange(block.top(), block.bottom() + 1) for block in ranges]
        chosen = np.unique(np.concatenate(rows)) if rows else np.zeros(0, np.intp)
        current, row = self.currentIndex(), None
        if current.isValid() and current.row() in chosen:
            row = int(self.table.order[current.row()])
        self._applying = True
        try:
            self._session.select(self.table.labels_at(chosen), True, row)
        finally:
            self._applying = False


def runs(rows: NDArray[np.intp]) -> list[tuple[int, int]]:
    """Return the first row, and one after the last, of all rows without a gap.

    Examples
    --------
    >>> runs(np.array([1, 2, 5]))
    [(1, 3), (5, 6)]
    """
    if not len(rows):
        return []
    breaks = np.flatnonzero(np.diff(rows) > 1) + 1
    starts = rows[np.concatenate([[0], breaks])]
    stops = rows[np.concatenate([breaks - 1, [len(rows) - 1]])] + 1
    return list(zip(starts.tolist(), stops.tolist(), strict=True))
