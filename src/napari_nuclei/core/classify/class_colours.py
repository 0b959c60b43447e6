"""Choose a colour for each class of nuclei."""

from __future__ import annotations

from collections.abc import Iterable

from napari_nuclei.core.colours import PALETTE

GRADE_COLOURS = {
    "negative": (112, 112, 225),
    "positive": (250, 62, 62),
    "1+": (255, 215, 0),
    "2+": (225, 125, 50),
    "3+": (200, 40, 40),
}
"""Colours of the classes by thresholds: blue as haematoxylin, then yellow to red."""

Colour = tuple[int, int, int]
"""Red, green and blue, 0 to 255."""


def class_colours(names: Iterable[str]) -> dict[str, Colour]:
    """Return a colour for each class; the order of the names does not matter.

    Classes by thresholds have fixed colours, others those of `PALETTE`, in the order of
    the alphabet.

    Examples
    --------
    >>> class_colours(["positive", "negative"])["negative"]
    (112, 112, 225)
    """
    found: dict[str, Colour] = {}
    others = 0
    for name in sorted(set(names)):
        if name in GRADE_COLOURS:
            found[name] = GRADE_COLOURS[name]
        else:
            red, green, blue = PALETTE[others % len(PALETTE)].tolist()
            found[name] = (red, green, blue)
            others += 1
    return found
