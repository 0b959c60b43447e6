"""Constant padding of a plane: borders of registered or stitched images."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

MIN_PADDING, MAX_PADDING = 0.005, 0.8
"""Fractions of a plane that padding may cover."""

PADDING_GAP = 0.2
"""Smallest distance between the padding and all other values, as a fraction of the
range of the other values."""


def find_padding(sample: Floats) -> float | None:
    """Return the value of constant padding, if a sample of a plane has any.

    Parameters
    ----------
    sample : ndarray of float32, shape (Y, X)

    Returns
    -------
    float, optional
        The lowest or highest value, if many pixels have it and no other value is near;
        None without padding.
    """
    for value, sign in ((sample.min(), 1), (sample.max(), -1)):
        others = sample[sample != value]
        share = 1 - others.size / sample.size
        if not MIN_PADDING <= share <= MAX_PADDING:
            continue
        low, high = np.percentile(sign * others, (0.5, 99.8))
        if low - sign * value > PADDING_GAP * (high - low) > 0:
            return float(value)
    return None
