"""Buttons that copy the last run as code."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from magicgui.widgets import PushButton
from qtpy.QtWidgets import QApplication

from napari_nuclei.widgets.segment.layer_data import run_record
from napari_nuclei.widgets.segment.reproduce import command_line, python_code

if TYPE_CHECKING:
    from napari_nuclei.widgets.segment.result import RunResult


class CopyButtons:
    """Two buttons, for a command line and for Python; off until there is a run.

    Attributes
    ----------
    command, python : PushButton
    show_message : callable
        Is told, in words, that something was copied.
    """

    def __init__(self) -> None:
        self.show_message: Callable[[str], object] = lambda text: None
        self._run: RunResult | None = None
        self.command = PushButton(
            text="Copy command",
            tooltip="Copy the last run as a command line that repeats it.",
        )
        self.python = PushButton(
            text="Copy Python",
            tooltip="Copy the last run as Python code that repeats it.",
        )
        self.command.changed.connect(lambda: self._copy(command_line))
        self.python.changed.connect(lambda: self._copy(python_code))
        self.command.enabled = self.python.enabled = False

    def take(self, run: RunResult) -> None:
        """Copy this run from now on."""
        self._run = run
        self.command.enabled = self.python.enabled = True

    def _copy(self, make: Callable[[dict[str, Any]], str]) -> None:
        if self._run is None:
            self.show_message("Run first; then the run can be copied.")
            return
        QApplication.clipboard().setText(make(run_record(self._run)))
        self.show_message("Copied.")
