"""Weights between those of two networks."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

Arrays = list[NDArray[Any]]
"""The weights of a network, as `get_weights` gives them."""


IMAGES_OF_BASE = 2
"""What a base knows counts as much as what so many images teach."""

ENOUGH_FOUND = 0.5
"""It counts less where the base's F1 is below this."""

CLEARLY = 0.2
"""What is learnt is clearly better if it lowers the loss of what is held out by this
share of the base's."""

MORE = 0.5
"""Share that is taken at least of what is clearly better."""


def share_learnt(images: int, found: float) -> float:
    """Return what share of the weights learnt from images is taken beside a base's.

    One image teaches what it looks like itself, and spoils others of its kind; several
    tell what each two of them have in common, so that their number counts squared. A
    base that finds nothing has nothing to be kept.

    Parameters
    ----------
    images : int
        That were learnt from.
    found : float
        F1 of the base on what is held out of them, 0 to 1.

    Examples
    --------
    >>> [share_learnt(images, 0.8) for images in (1, 2, 4)]
    [0.2, 0.5, 0.8]
    >>> share_learnt(2, 0.25), share_learnt(2, 0.0)
    (0.6666666666666666, 1.0)
    """
    kept = IMAGES_OF_BASE**2 * min(1.0, found / ENOUGH_FOUND)
    return images**2 / (images**2 + kept)


def mixed(one: Arrays, other: Arrays, share: float) -> Arrays:
    """Return weights between `one`, at a share of 0, and `other`, at 1."""
    if share == 1:
        return other
    return [(1 - share) * a + share * b for a, b in zip(one, other, strict=True)]


def averaged(average: Arrays, latest: Arrays, momentum: float, step: int) -> Arrays:
    """Return the moving average of weights; it forgets faster in the first steps."""
    return mixed(latest, average, min(momentum, step / (step + 10)) if momentum else 0)
