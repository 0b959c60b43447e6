"""Compare the images of a run with each other."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite

import numpy as np

from napari_nuclei.core.quality.flags import Flag
from napari_nuclei.core.quality.quality import Quality

MIN_IMAGES = 8
"""Smallest number of images with nuclei that can be compared."""

MIN_DEVIATIONS = 4.0
"""An image is out of focus if it lies this many robust standard deviations below the
median of its run."""

MIN_SPREAD = 0.02
"""Smallest robust standard deviation of the focus: images of a run are never equal."""


def flag_images(qualities: Sequence[Quality | None]) -> list[tuple[str, ...]]:
    """Return the flags of each image of a run.

    An image that is much less sharp than the others is out of focus too, although it
    might pass alone.

    Parameters
    ----------
    qualities : sequence of Quality or None
        None for an image that failed; it has no flags.

    Examples
    --------
    >>> sharp = [Quality(9, focus=0.6 + 0.001 * n) for n in range(8)]
    >>> flag_images([*sharp, Quality(9, focus=0.45), None])[-2:]
    [(<Flag.OUT_OF_FOCUS: 'out of focus'>,), ()]
    """
    values = np.array(
        [
            quality.focus
            for quality in qualities
            if quality is not None and isfinite(quality.focus)
        ]
    )
    lowest = -np.inf
    if len(values) >= MIN_IMAGES:
        middle = float(np.median(values))
        spread = 1.4826 * float(np.median(np.abs(values - middle)))
        lowest = middle - MIN_DEVIATIONS * max(spread, MIN_SPREAD)
    found: list[tuple[str, ...]] = []
    for quality in qualities:
        flags = () if quality is None else quality.flags
        if (
            quality is not None
            and quality.focus < lowest
            and Flag.OUT_OF_FOCUS not in flags
        ):
            flags = (*flags, Flag.OUT_OF_FOCUS)
        found.append(flags)
    return found
