"""The list of the images of a run, with their status."""

from __future__ import annotations

from qtpy.QtCore import QModelIndex, QSortFilterProxyModel, Qt, Signal
from qtpy.QtWidgets import QAbstractItemView, QTableView

from napari_nuclei.widgets.folder.file_model import FileModel
from napari_nuclei.widgets.shared.compact_rows import set_compact_rows

ROWS = 6
"""Number of rows that are visible at least."""

WIDTHS = (92, 80, 48)
"""Widths of the first columns, in pixels; the last takes the rest."""

NAME_WIDTHS = (52, 120)
"""Smallest and largest width of the column of names, in pixels; it fits the names."""


class FileList(QTableView):  # type: ignore[misc]
    """Show the images of a run; sort by a click on a column.

    Attributes
    ----------
    files : FileModel
    chosen : Signal of int
        Emitted with the number of the image whose row was clicked, or chosen with the
        keys.
    """

    chosen = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.files = FileModel()
        self._sorted = QSortFilterProxyModel(self)
        self._sorted.setSourceModel(self.files)
        # Rows stay where they are while results come.
        self._sorted.setDynamicSortFilter(False)
        self.setModel(self._sorted)
        set_compact_rows(self, ROWS)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        columns = self.horizontalHeader()
        columns.setMinimumSectionSize(40)
        for column, width in enumerate((*WIDTHS, columns.minimumSectionSize())):
            self.setColumnWidth(column, width)
        columns.setStretchLastSection(True)
        columns.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
        self.files.modelReset.connect(self._fit_names)
        self.setToolTip("Click on a row to open its image and its nuclei.")
        self.clicked.connect(self._choose)
        self.activated.connect(self._choose)

    def row_of(self, number: int) -> QModelIndex:
        """Return the index of the first cell of an image."""
        return self._sorted.mapFromSource(self.files.index(number, 0))

    def _fit_names(self) -> None:
        if self.files.rows:
            low, high = NAME_WIDTHS
            self.setColumnWidth(0, max(low, min(high, self.sizeHintForColumn(0) + 4)))

    def _choose(self, index: QModelIndex) -> None:
        self.chosen.emit(self._sorted.mapToSource(index).row())
