"""Colours of the classes of nuclei, in files and in napari."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

import numpy as np

from napari_nuclei.core.colours import PALETTE

Colour = tuple[int, int, int]
"""Red, green and blue, 0 to 255."""

NUCLEUS = "Nucleus"
"""Class that a file states for nuclei without classes."""

USUAL_COLOURS: dict[str, Colour] = {
    NUCLEUS: (0, 200, 120),
    "negative": (90, 90, 180),
    "positive": (200, 50, 50),
    "1+": (255, 215, 0),
    "2+": (225, 150, 50),
    "3+": (200, 50, 50),
}
"""Colours of the classes by thresholds, close to those of QuPath."""


def choose_colours(
    classes: Iterable[str], colours: Mapping[str, Sequence[int]] | None = None
) -> dict[str, Colour]:
    """Return a colour for each class.

    Parameters
    ----------
    classes : iterable of str
    colours : dict of str to sequence of int, optional
        Red, green and blue of some classes, 0 to 255.

    Raises
    ------
    ValueError
        If a colour is not three numbers of 0 to 255.

    Examples
    --------
    >>> choose_colours(["positive", "mitosis"], {"mitosis": (1, 2, 3)})
    {'positive': (200, 50, 50), 'mitosis': (1, 2, 3)}
    """
    given = {
        name: check_colour(name, colour) for name, colour in (colours or {}).items()
    }
    chosen: dict[str, Colour] = {}
    for number, name in enumerate(dict.fromkeys(classes)):
        usual = USUAL_COLOURS.get(name, USUAL_COLOURS.get(name.lower()))
        if name in given or usual is not None:
            chosen[name] = given.get(name, usual or (0, 0, 0))
        else:
            chosen[name] = unused_colour(number, {*given.values(), *chosen.values()})
    return chosen


def unused_colour(number: int, used: Collection[Colour]) -> Colour:
    """Return a colour of `PALETTE` by its number, or the next one that is not used."""
    shifted = np.roll(PALETTE, -number, axis=0).tolist()
    palette = [(red, green, blue) for red, green, blue in shifted]
    return next((colour for colour in palette if colour not in used), palette[0])


def check_colour(name: str, colour: Sequence[int]) -> Colour:
    """Return a colour; raise ValueError unless it is three numbers of 0 to 255."""
    try:
        red, green, blue = (int(value) for value in colour)
        if min(red, green, blue) < 0 or max(red, green, blue) > 255:
            raise ValueError(colour)
    except (TypeError, ValueError):
        raise ValueError(
            f"The colour of class {name!r} must be red, green and blue from 0 to 255; "
            f"got {colour!r}"
        ) from None
    return red, green, blue
