"""The section of the dock that saves the log of the corrections."""

from __future__ import annotations

from typing import TYPE_CHECKING

from magicgui.widgets import PushButton

from napari_nuclei.core.errors import format_error
from napari_nuclei.core.measure.counts import counted
from napari_nuclei.widgets.correct.log_recorder import LogRecorder
from napari_nuclei.widgets.nuclei.sections.ask_file import ask_save
from napari_nuclei.widgets.shared.fold import Fold

if TYPE_CHECKING:
    from napari_nuclei.widgets.correct.correct_widget import CorrectWidget

HELP = "Save what was corrected, where and when, to replay it in Python."
SUFFIX = ".json"


class LogSection(Fold):
    """Save the log of the corrections.

    Parameters
    ----------
    dock : CorrectWidget

    Attributes
    ----------
    recorder : LogRecorder
    save_button : PushButton
    """

    def __init__(self, dock: CorrectWidget) -> None:
        self._dock = dock
        self.recorder = LogRecorder(dock.session)
        self.save_button = PushButton(text="Save log…", tooltip=HELP)
        super().__init__("Log of corrections", [self.save_button], HELP)
        self.save_button.changed.connect(self._save)

    def _save(self) -> None:
        log, layer = self.recorder.log, self._dock.session.layer
        show = self._dock.status_panel.show_message
        if log is None or layer is None or not len(log):
            show("Nothing was corrected yet, so there is no log to save.")
            return
        name = f"{layer.name} corrections{SUFFIX}"
        path = ask_save(self, "Save log", name, f"JSON (*{SUFFIX})")
        if path is None:
            return
        try:
            count = self.recorder.save(path)
        except (OSError, ValueError) as error:
            show(format_error(error))
            return
        amount = counted(count, "correction")
        show(f"Saved {amount} in {path}.")
