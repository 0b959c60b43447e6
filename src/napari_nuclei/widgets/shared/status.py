"""The bottom of a dock: a progress bar, a message, and a button for an action."""

from __future__ import annotations

from collections.abc import Callable

from magicgui.widgets import ProgressBar, PushButton, Widget

from napari_nuclei.widgets.shared.form import fit_height, status_line
from napari_nuclei.widgets.shared.thread_progress import Progress
from napari_nuclei.widgets.shared.worker import Worker


class StatusPanel:
    """Show the progress and the messages of a dock.

    Attributes
    ----------
    progress : ProgressBar
        Visible while a job runs.
    status : Label
    action_button : PushButton
        Offers an action with a message; hidden by the next message.
    """

    def __init__(self) -> None:
        self.progress = ProgressBar(min=0, max=1, value=0)
        self.status = status_line()
        self.action_button = PushButton(visible=False)
        self._action: Callable[[], object] = lambda: None
        self.action_button.changed.connect(self._run_action)

    @property
    def controls(self) -> list[Widget]:
        """The widgets, from top to bottom."""
        return [self.progress, self.status, self.action_button]

    def follow(self, worker: Worker) -> None:
        """Show the steps of a worker's jobs."""
        worker.progressed.connect(self.show_progress)

    def show_message(self, text: str) -> None:
        """Show a message of one or a few lines; hide the action button."""
        self.action_button.visible = False
        self._show(text)

    def offer_action(self, text: str, action: Callable[[], object]) -> None:
        """Show the action button; `action` is called when it is pressed."""
        self.action_button.text, self.action_button.tooltip = text, text
        self._action, self.action_button.visible = action, True

    def show_progress(self, step: Progress) -> None:
        """Show a step of a job."""
        self.progress.max = step.total
        self.progress.value = step.done
        if step.message:
            self._show(step.message)

    def show_running(self, running: bool) -> None:
        """Reset the progress bar, and show it while a job runs."""
        self.action_button.visible = False
        self.progress.max = self.progress.value = 0
        self.progress.visible = running

    def _show(self, text: str) -> None:
        self.status.value = text
        fit_height(self.status)

    def _run_action(self) -> None:
        self.action_button.visible = False
        self._action()
