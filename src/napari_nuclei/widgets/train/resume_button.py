"""The button that continues an interrupted training, with the name of its model."""

from __future__ import annotations

from magicgui.widgets import PushButton

from napari_nuclei.training.loop.run_folder import latest_interrupted, list_interrupted

MAX_NAME = 12
"""Longest name of a model on the button, in characters."""


class ResumeButton(PushButton):
    """Continue the latest interrupted training; disabled if there is none.

    Attributes
    ----------
    training_name : str, optional
        Name of that training.
    """

    def __init__(self) -> None:
        super().__init__(text="Resume")
        self.training_name: str | None = None

    def update_name(self, running: bool) -> None:
        """Show the name of the latest interrupted training.

        Parameters
        ----------
        running : bool
            Whether the dock is busy. The button is then disabled, and its text stays.
        """
        self.enabled = False
        if running:
            return
        self.training_name = latest_interrupted() if list_interrupted() else None
        self.enabled = self.training_name is not None
        if self.training_name is None:
            self.text, self.tooltip = "Resume", "No training was interrupted."
            return
        name = self.training_name
        self.text = f"Resume {shorten(name)}"
        self.tooltip = f"Continue the training of {name} with its settings and nuclei."

    @property
    def hint(self) -> str:
        """What the button is for, as a sentence; empty if there is no training."""
        name = self.training_name
        if name is None:
            return ""
        return f"The training of {name} was interrupted; Resume continues it. "


def shorten(name: str) -> str:
    """Return a name of at most `MAX_NAME` characters, cut in the middle.

    Examples
    --------
    >>> shorten("my-cells"), shorten("my-cells-of-last-week")
    ('my-cells', 'my-cel…t-week')
    """
    if len(name) <= MAX_NAME:
        return name
    return f"{name[: MAX_NAME // 2]}…{name[-(MAX_NAME // 2) :]}"
