"""Say in napari's question before it closes what a running job loses."""

from __future__ import annotations

import weakref
from collections.abc import Callable

from qtpy.compat import isalive
from qtpy.QtCore import QEvent, QObject, Qt, QTimer
from qtpy.QtWidgets import QDialog, QLabel, QWidget

CLOSING_DIALOG = "ConfirmCloseDialog"
"""Name of the class of napari's question. It names running jobs if the window is closed
with its button, but not for Ctrl+Q."""


class ClosingNote(QObject):  # type: ignore[misc]
    """Add a line about a running job to napari's question before it closes.

    Parameters
    ----------
    owner : QObject
        A widget in napari's window; any other owner has no window to watch.
    describe : callable
        Returns what the job is, such as "the training of mine"; empty if none runs.
    """

    def __init__(self, owner: QObject, describe: Callable[[], str]) -> None:
        super().__init__(owner)
        self._describe = describe
        self._window: Callable[[], QWidget | None] = lambda: None

    def start(self) -> None:
        """Watch the window that the owner is in now, if it is in one."""
        self.stop()
        owner = self.parent()
        if not isinstance(owner, QWidget):  # a sample's job belongs to the application
            return
        window = owner.window()
        window.installEventFilter(self)
        # A strong reference would keep a window alive that is closed meanwhile.
        self._window = weakref.ref(window)

    def stop(self) -> None:
        """Watch no window."""
        window = self._window()
        if window is not None and isalive(window):
            window.removeEventFilter(self)
        self._window = lambda: None

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Wait for the question to be built; it becomes a child of the window."""
        if event.type() == QEvent.Type.ChildAdded and self._describe():
            QTimer.singleShot(0, self._complete_question)
        return bool(super().eventFilter(watched, event))

    def _complete_question(self) -> None:
        window = self._window()
        if window is None or not isalive(window):
            return
        only_direct = Qt.FindChildOption.FindDirectChildrenOnly
        for dialog in window.findChildren(QDialog, options=only_direct):
            if type(dialog).__name__ == CLOSING_DIALOG:
                add_line(dialog, self._describe())


def add_line(dialog: QDialog, job: str) -> None:
    """Add a line about a job to a dialog, unless a text in it names the job."""
    layout = dialog.layout()
    named = any(job in label.text() for label in dialog.findChildren(QLabel))
    if job and layout is not None and not named:
        line = QLabel(f"This stops {job}.")
        line.setWordWrap(True)
        layout.insertWidget(layout.count() - 1, line)
