"""The tools and actions of the dock: their names, keys and help."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tool:
    """A button of the dock.

    Attributes
    ----------
    name : str
        Name in the program.
    title : str
        Text of the button.
    key : str
        Key that does the same, as napari spells it. napari's labels layers and viewer
        do not use it.
    help : str
    """

    name: str
    title: str
    key: str
    help: str

    @property
    def text(self) -> str:
        """Text of the button with its key."""
        return f"{self.title} ({self.key})"

    @property
    def tooltip(self) -> str:
        """Help with the key."""
        return f"{self.help} Key: {self.key}"


MOUSE_TOOLS = (
    Tool(
        "delete",
        "Delete",
        "D",
        "Click on a nucleus to delete it. Drag to delete all nuclei on the path.",
    ),
    Tool("merge", "Merge", "G", "Drag from one nucleus to another, or across several."),
    Tool(
        "split",
        "Split",
        "S",
        "Draw a line across a nucleus, or click on its two halves.",
    ),
    Tool(
        "add",
        "Add",
        "A",
        "Click on a nucleus that was missed; scroll to make it larger or smaller. Drag "
        "a box if the click finds no good outline.",
    ),
    Tool(
        "redraw",
        "Redraw",
        "R",
        "Draw round a nucleus. It gets the drawn outline; over background it is added.",
    ),
)
"""Tools that stay on until Escape, or until they are pressed again."""

ACTIONS = (
    Tool("accept", "Accept", "C", "Mark the selected nucleus as right."),
    Tool("smooth", "Smooth", "O", "Smooth the outline of the selected nucleus."),
    Tool("fill", "Fill", "H", "Fill the holes of the selected nucleus."),
    Tool("grow", "Grow", ".", "Grow the selected nucleus by a pixel."),
    Tool("shrink", "Shrink", ",", "Shrink the selected nucleus by a pixel."),
    Tool(
        "split_automatically",
        "Auto split",
        "T",
        "Split the selected nucleus at its waist.",
    ),
)
"""Actions on the selected nucleus."""

MOVES = (
    Tool("previous", "Previous", "Q", "Show the suspect before this one."),
    Tool("next", "Next", "W", "Show the next nucleus that is probably wrong."),
)
"""Moves through the queue of suspects."""

LEAVE_KEY = "Escape"
"""Key that leaves a tool."""

TOOL_MODE = "pick"
"""napari's mode of the layer while a tool is on: a drag does not move the camera, and
Space does as long as it is pressed."""
