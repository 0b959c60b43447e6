"""Measure the saturation and the contrast of the nuclei of a plane."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Labels = NDArray[np.int32]

NEAR_TOP = 0.05
"""Values within this fraction of the range below the largest value are compared with
it."""

PILE_RATIO = 3.0
"""The largest value is a limit of the camera or file if it has over this many times the
pixels of a value near it."""

MIN_AT_TOP = 0.005
"""Smaller fractions of pixels with the largest value are not examined."""


def measure_saturation(values: Floats, labels: Labels) -> float:
    """Return the fraction of the pixels of nuclei that have the largest value.

    Parameters
    ----------
    values : ndarray of float32, shape (Y, X)
    labels : ndarray of int32, shape (Y, X)

    Returns
    -------
    float
        0 to 1. It is 0 if the largest value is not much more frequent than those just
        below, as in images that no limit cuts.

    Examples
    --------
    >>> values = np.linspace(0, 2, 10_000, dtype=np.float32).reshape(100, 100)
    >>> labels = np.ones(values.shape, np.int32)
    >>> measure_saturation(values, labels)
    0.0
    >>> round(measure_saturation(values.clip(0, 1), labels), 2)
    0.5
    """
    inside = values[labels > 0]
    if not inside.size:
        return 0.0
    top, low = float(values.max()), float(values.min())
    at_top = int((inside >= top).sum())
    if at_top < MIN_AT_TOP * inside.size:
        return 0.0
    near = inside[(inside < top) & (inside >= top - NEAR_TOP * (top - low))]
    usual = near.size / max(1, np.unique(near).size)
    return at_top / inside.size if at_top > PILE_RATIO * usual else 0.0


def contrast_of_nuclei(
    values: Floats, labels: Labels, background: Floats
) -> NDArray[np.float64]:
    """Return by how much each nucleus is brighter than the background around it.

    Parameters
    ----------
    values, background : ndarray of float32, shape (Y, X)
    labels : ndarray of int32, shape (Y, X)

    Returns
    -------
    ndarray of float64, shape (n,)
        For each label of the plane, in order; below 0 for dark nuclei.
    """
    inside = labels > 0
    numbers = labels[inside]
    counts = np.bincount(numbers)
    sums = np.bincount(numbers, (values - background)[inside])
    present = counts > 0
    return np.asarray(sums[present] / counts[present])
