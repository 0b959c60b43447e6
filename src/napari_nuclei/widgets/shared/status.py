"""What a dock says of its work: a progress bar, a line of text, and an offer."""

from __future__ import annotations

from collections.abc import Callable

from magicgui.widgets import ProgressBar, PushButton, Widget

from napari_nuclei.widgets.shared.form import fit_height, status_line
from napari_nuclei.widgets.shared.progress import Progress


class StatusPanel:
    """The foot of a dock.

    Attributes
    ----------
    progress : ProgressBar
        Shown while work is under way.
    status : Label
    action_button : PushButton
        What can be done about what is said; gone with the next line.
    """

    def __init__(self) -> None:
        self.progress = ProgressBar(min=0, max=1, value=0)
        self.status = status_line()
        self.action_button = PushButton(visible=False)
        self._accept: Callable[[], object] = lambda: None
        self.action_button.changed.connect(self._accepted)

    @property
    def controls(self) -> list[Widget]:
        """The widgets, from top to bottom."""
        return [self.progress, self.status, self.action_button]

    def show_message(self, text: str) -> None:
        """Show a line, or a few."""
        self.action_button.visible = False
        self._show(text)

    def offer_action(self, text: str, accept: Callable[[], object]) -> None:
        """Offer something; `accept` is called if the offer is taken."""
        self.action_button.text, self.action_button.tooltip = text, text
        self._accept, self.action_button.visible = accept, True

    def step(self, step: Progress) -> None:
        """Show how far work has come."""
        self.progress.max = step.total
        self.progress.value = step.done
        if step.message:
            self._show(step.message)

    def show_running(self, running: bool) -> None:
        """Show the progress bar while work is under way."""
        self.action_button.visible = False
        self.progress.max = self.progress.value = 0
        self.progress.visible = running

    def _show(self, text: str) -> None:
        self.status.value = text
        fit_height(self.status)

    def _accepted(self) -> None:
        self.action_button.visible = False
        self._accept()
