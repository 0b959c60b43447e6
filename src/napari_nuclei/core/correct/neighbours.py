"""Compare the pixels of labels with their neighbours."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def neighbour_pairs(
    labels: NDArray[np.integer[Any]], axis: int
) -> tuple[NDArray[np.integer[Any]], NDArray[np.integer[Any]]]:
    """Return the labels of all pairs of pixels that are neighbours along an axis.

    Parameters
    ----------
    labels : ndarray of int
    axis : int

    Returns
    -------
    first, second : ndarray of int
        Shorter than `labels` by one pixel along the axis.

    Examples
    --------
    >>> first, second = neighbour_pairs(np.array([[1, 2, 3]]), 1)
    >>> first.tolist(), second.tolist()
    ([[1, 2]], [[2, 3]])
    """
    return np.delete(labels, -1, axis), np.delete(labels, 0, axis)
