"""A line that names the models that are not listed because they cannot be loaded."""

from __future__ import annotations

from collections.abc import Mapping

from qtpy.QtCore import Qt

from napari_nuclei.core.errors import as_one_line, format_error
from napari_nuclei.model.store import invalid_models
from napari_nuclei.widgets.shared.form import fit_height, status_line

ALL_CAN = "All models can be loaded."

MAX_NAMES = 3
"""Number of models that are named; the others are counted."""


class BrokenModels:
    """Show which models of the user cannot be loaded; hidden if all can.

    Attributes
    ----------
    line : Label
        The names. Its tooltip has the reasons.
    """

    def __init__(self) -> None:
        self.line = status_line()
        self.line.name, self.line.label = "broken_models", ""
        self.line.tooltip = ALL_CAN
        # The name of a folder may look like a tag of HTML.
        self.line.native.setTextFormat(Qt.TextFormat.PlainText)
        self.line.visible = False

    def refresh(self) -> None:
        """Look for such models again.

        The line must have a parent: without one it would open as a window.
        """
        try:
            errors = invalid_models()
            text, reasons = describe_broken(errors), list(errors.values())
        except OSError as error:
            text, reasons = "Your own models cannot be read.", [format_error(error)]
        self.line.value = text
        self.line.tooltip = "\n".join(reasons) or ALL_CAN
        self.line.visible = bool(text)
        fit_height(self.line)


def describe_broken(errors: Mapping[str, str]) -> str:
    """Return a sentence that names models that cannot be loaded; empty if none.

    Parameters
    ----------
    errors : mapping of str to str
        The reason for each model, as from `invalid_models`.

    Examples
    --------
    >>> describe_broken({"mine": "mine/card.json is not a model card"})
    'Not listed, since it cannot be loaded: mine.'
    >>> describe_broken(dict.fromkeys("abcdef", "damaged"))
    'Not listed, since they cannot be loaded: a, b, c and 3 more.'
    """
    names = [as_one_line(name) for name in errors]
    if not names:
        return ""
    shown = ", ".join(names[:MAX_NAMES])
    if len(names) > MAX_NAMES:
        shown += f" and {len(names) - MAX_NAMES} more"
    who = "it" if len(names) == 1 else "they"
    return f"Not listed, since {who} cannot be loaded: {shown}."
