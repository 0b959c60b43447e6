"""What a dock says of its work: a progress bar, a line of text, and an offer."""

from __future__ import annotations

from collections.abc import Callable

from magicgui.widgets import ProgressBar, PushButton, Widget

from napari_nuclei.widgets.shared.form import fit_height, status_line
from napari_nuclei.widgets.shared.progress import Step


class Notice:
    """The foot of a dock.

    Attributes
    ----------
    progress : ProgressBar
        Shown while work is under way.
    status : Label
    offer : PushButton
        What can be done about what is said; gone with the next line.
    """

    def __init__(self) -> None:
        self.progress = ProgressBar(min=0, max=1, value=0)
        self.status = status_line()
        self.offer = PushButton(visible=False)
        self._accept: Callable[[], object] = lambda: None
        self.offer.changed.connect(self._accepted)

    @property
    def parts(self) -> list[Widget]:
        """The widgets, from top to bottom."""
        return [self.progress, self.status, self.offer]

    def say(self, text: str) -> None:
        """Show a line, or a few."""
        self.offer.visible = False
        self._show(text)

    def suggest(self, text: str, accept: Callable[[], object]) -> None:
        """Offer something; `accept` is called if the offer is taken."""
        self.offer.text, self.offer.tooltip = text, text
        self._accept, self.offer.visible = accept, True

    def step(self, step: Step) -> None:
        """Show how far work has come."""
        self.progress.max = step.total
        self.progress.value = step.done
        if step.message:
            self._show(step.message)

    def show_running(self, running: bool) -> None:
        """Show the progress bar while work is under way."""
        self.offer.visible = False
        self.progress.max = self.progress.value = 0
        self.progress.visible = running

    def _show(self, text: str) -> None:
        self.status.value = text
        fit_height(self.status)

    def _accepted(self) -> None:
        self.offer.visible = False
        self._accept()
