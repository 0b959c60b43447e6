"""A model for Qt of the images of a run and of their results."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qtpy.QtCore import QAbstractTableModel, QModelIndex, Qt

from napari_nuclei.scale.file_result import FileResult
from napari_nuclei.widgets.folder.folder_run import ImageOfRun

NO_INDEX = QModelIndex()

COLUMNS = ("Image", "Status", "Nuclei", "Flags and notes")

NOTES = len(COLUMNS) - 1
"""Number of the last column."""

WAITING, DONE, DONE_EARLIER, FAILED = "waiting", "done", "done earlier", "failed"


@dataclass(slots=True)
class FileRow:
    """A row of the list: an image, and its result when there is one."""

    image: ImageOfRun
    result: FileResult | None = None

    @property
    def status(self) -> str:
        """What has happened to the image, in a word or two."""
        if self.result is None:
            return WAITING
        if self.result.reason:
            return FAILED
        return DONE_EARLIER if self.result.already_done else DONE

    def value(self, column: int) -> str | int | None:
        """Return what a cell shows."""
        result = self.result
        if column == 0:
            return self.image.name
        if column == 1:
            return self.status
        if result is None:
            return None
        if column == 2:
            unknown = self.image.is_field and result.already_done
            return None if result.reason or unknown else result.nuclei
        return result.reason or "; ".join((*result.flags, *result.notes))


class FileModel(QAbstractTableModel):  # type: ignore[misc]
    """The images of a run, one row each.

    Attributes
    ----------
    rows : list of FileRow
    """

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[FileRow] = []
        self._number_of: dict[Path, int] = {}

    def set_images(self, images: Sequence[ImageOfRun]) -> None:
        """List images that wait for their result."""
        self.beginResetModel()
        self.rows = [FileRow(image) for image in images]
        self._number_of = {image.path: n for n, image in enumerate(images)}
        self.endResetModel()

    def set_result(self, result: FileResult) -> None:
        """Show the result of an image."""
        number = self._number_of.get(result.path)
        if number is None:
            return
        self.rows[number].result = result
        last = self.index(number, NOTES)
        self.dataChanged.emit(self.index(number, 1), last)

    def count(self, status: str) -> int:
        """Return the number of images of a status."""
        return sum(row.status == status for row in self.rows)

    def rowCount(self, parent: QModelIndex = NO_INDEX) -> int:
        """Return the number of images."""
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: QModelIndex = NO_INDEX) -> int:
        """Return the number of columns."""
        return 0 if parent.isValid() else len(COLUMNS)

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return what a cell shows, its tooltip or its alignment."""
        if not index.isValid():
            return None
        row, column = self.rows[index.row()], index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return row.value(column)
        if role == Qt.ItemDataRole.ToolTipRole:
            return str(row.image.path) if column == 0 else row.value(NOTES) or None
        if role == Qt.ItemDataRole.TextAlignmentRole and column == 2:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return None

    def headerData(
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> Any:
        """Return the name of a column."""
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        return COLUMNS[section] if orientation == Qt.Orientation.Horizontal else None
