"""Accept a folder that is dropped on a dock."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from qtpy.QtCore import QEvent, QObject
from qtpy.QtWidgets import QWidget


class DropFolder(QObject):  # type: ignore[misc]
    """Call a function with each folder that is dropped on a widget.

    Files that are dropped go on to napari, which opens them.

    Parameters
    ----------
    widget : QWidget
    call : callable
        Called with the path of the folder.
    """

    def __init__(self, widget: QWidget, call: Callable[[Path], object]) -> None:
        super().__init__(widget)
        self._call = call
        widget.setAcceptDrops(True)
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Handle the events of a drag that carries one folder."""
        kinds = (QEvent.Type.DragEnter, QEvent.Type.DragMove, QEvent.Type.Drop)
        if event.type() not in kinds:
            return False
        folder = folder_of(event)
        if folder is None:
            event.ignore()
            return True
        event.acceptProposedAction()
        if event.type() == QEvent.Type.Drop:
            self._call(folder)
        return True


def folder_of(event: QEvent) -> Path | None:
    """Return the folder that a drag carries; None if it carries something else."""
    urls = event.mimeData().urls()
    if len(urls) != 1 or not urls[0].isLocalFile():
        return None
    path = Path(urls[0].toLocalFile())
    return path if path.is_dir() else None
