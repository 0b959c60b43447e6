"""A model of a table of nuclei for Qt: sorted and filtered by NumPy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from qtpy.QtCore import QAbstractTableModel, QModelIndex, Qt

if TYPE_CHECKING:
    import pandas as pd

NO_INDEX = QModelIndex()
LABEL = "label"

LAST = ("bbox_", "centroid_")
"""Beginnings of the names of columns that are shown last."""


class TableModel(QAbstractTableModel):  # type: ignore[misc]
    """Rows of a DataFrame in an order, without a copy of the rest.

    Attributes
    ----------
    columns : list of str
        The columns that are shown; the first is the label.
    order : ndarray of int
        Row of the DataFrame that each shown row has.
    sorted_by : tuple of (str, bool), optional
        Column, and whether descending.
    """

    def __init__(self) -> None:
        super().__init__()
        self.columns: list[str] = []
        self.order: NDArray[np.intp] = np.zeros(0, np.intp)
        self.sorted_by: tuple[str, bool] | None = None
        self._values: dict[str, NDArray[Any]] = {}
        self._shown: NDArray[np.bool_] = np.zeros(0, bool)

    def set_frame(self, frame: pd.DataFrame, shown: NDArray[np.bool_]) -> None:
        """Show some rows of a table; the order of the rows stays."""
        self.beginResetModel()
        values = {LABEL: frame.index.to_numpy()}
        values |= {str(name): frame[name].to_numpy() for name in frame.columns}
        names = [name for name in values if not name.startswith(LAST)]
        self.columns = names + [name for name in values if name.startswith(LAST)]
        self._values, self._shown = values, shown
        if self.sorted_by is not None and self.sorted_by[0] not in values:
            self.sorted_by = None
        self.order = self._compute_order()
        self.endResetModel()

    def rowCount(self, parent: QModelIndex = NO_INDEX) -> int:
        """Return the number of rows that are shown."""
        return 0 if parent.isValid() else len(self.order)

    def columnCount(self, parent: QModelIndex = NO_INDEX) -> int:
        """Return the number of columns."""
        return 0 if parent.isValid() else len(self.columns)

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return the text or the alignment of a cell."""
        if role == Qt.ItemDataRole.DisplayRole:
            values = self._values[self.columns[index.column()]]
            return cell_text(values[self.order[index.row()]])
        if role == Qt.ItemDataRole.TextAlignmentRole:
            values = self._values[self.columns[index.column()]]
            side = "AlignLeft" if values.dtype.kind in "OUST" else "AlignRight"
            return getattr(Qt.AlignmentFlag, side) | Qt.AlignmentFlag.AlignVCenter
        return None

    def headerData(
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> Any:
        """Return the name of a column."""
        if orientation != Qt.Orientation.Horizontal or section >= len(self.columns):
            return None
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return self.columns[section]
        return None

    def sort(
        self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder
    ) -> None:
        """Sort by a column; rows without a value come last. -1 for the former order."""
        if column >= len(self.columns):
            return
        self.layoutAboutToBeChanged.emit()
        descending = order == Qt.SortOrder.DescendingOrder
        self.sorted_by = None if column < 0 else (self.columns[column], descending)
        before = self.persistentIndexList()
        rows = [self.order[index.row()] for index in before]
        self.order = self._compute_order()
        positions = self._positions()
        after = [
            self.index(int(positions[row]), index.column())
            for row, index in zip(rows, before, strict=True)
        ]
        self.changePersistentIndexList(before, after)
        self.layoutChanged.emit()

    def cell(self, row: int, column: int) -> QModelIndex:
        """Return the index of a cell that exists, without the checks of `index`."""
        return self.createIndex(row, column)

    def labels_at(self, rows: NDArray[np.intp]) -> NDArray[np.int64]:
        """Return the labels of shown rows."""
        labels: NDArray[np.int64] = self._values[LABEL][self.order[rows]]
        return labels

    def rows_of(self, labels: frozenset[int]) -> NDArray[np.intp]:
        """Return the shown rows of labels, ascending."""
        if not labels or not len(self.order):
            return np.zeros(0, np.intp)
        numbers = np.fromiter(labels, np.int64, len(labels))
        return np.flatnonzero(np.isin(self._values[LABEL][self.order], numbers))

    def shown_row_of(self, row: int) -> int | None:
        """Return where a row of the DataFrame is shown; None if it is filtered out."""
        positions = np.flatnonzero(self.order == row)
        return int(positions[0]) if len(positions) else None

    def _positions(self) -> NDArray[np.intp]:
        positions = np.full(len(self._shown), -1)
        positions[self.order] = np.arange(len(self.order))
        return positions

    def _compute_order(self) -> NDArray[np.intp]:
        rows = np.flatnonzero(self._shown)
        if self.sorted_by is None:
            return rows
        name, descending = self.sorted_by
        values = self._values[name][rows]
        if values.dtype.kind in "biuf":
            missing = np.isnan(values)
        else:
            values = values.astype(object)
            missing = np.array([value is None or value != value for value in values])
            values = values.astype(str)
        present = np.flatnonzero(~missing)
        ordered = present[np.argsort(values[present], kind="stable")]
        if descending:
            ordered = ordered[::-1]
        ordered = np.concatenate([ordered, np.flatnonzero(missing)])
        return np.asarray(rows[ordered], np.intp)


def cell_text(value: Any) -> str:
    """Return a value in a few characters; empty if it is missing.

    Examples
    --------
    >>> cell_text(np.float64(1234.567)), cell_text(0.123456), cell_text(np.int64(7))
    ('1235', '0.1235', '7')
    """
    if value is None or value != value:
        return ""
    if isinstance(value, float | np.floating):
        number = float(value)
        return f"{number:.0f}" if 1000 <= abs(number) < 1e9 else f"{number:.4g}"
    return str(value)
