"""Buttons that copy the last run as a command or as Python code."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from magicgui.widgets import PushButton
from qtpy.QtWidgets import QApplication

from napari_nuclei.widgets.segment.layer_data import run_record
from napari_nuclei.widgets.segment.run_code import command_line, python_code

if TYPE_CHECKING:
    from napari_nuclei.widgets.segment.result import RunResult


class CopyButtons:
    """Two buttons, disabled until a run is finished.

    Attributes
    ----------
    command, python : PushButton
    show_message : callable
        Called with a message after a copy.
    """

    def __init__(self) -> None:
        self.show_message: Callable[[str], object] = lambda text: None
        self._run: RunResult | None = None
        self.command = PushButton(
            text="Copy command",
            tooltip="Copy a command line that repeats the last run.",
        )
        self.python = PushButton(
            text="Copy Python",
            tooltip="Copy Python code that repeats the last run.",
        )
        self.command.changed.connect(
            lambda: self._copy(
                command_line, "Copied the command. Paste it into a terminal."
            )
        )
        self.python.changed.connect(
            lambda: self._copy(
                python_code, "Copied the code. Paste it into a notebook or script."
            )
        )
        self.command.enabled = self.python.enabled = False

    def set_run(self, run: RunResult) -> None:
        """Enable the buttons for this run."""
        self._run = run
        self.command.enabled = self.python.enabled = True

    def _copy(self, make: Callable[[dict[str, Any]], str], message: str) -> None:
        if self._run is None:
            return
        QApplication.clipboard().setText(make(run_record(self._run)))
        self.show_message(message)
