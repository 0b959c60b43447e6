"""Whether the nuclei of a stack extend over its slices."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray


def are_joined(slices: Iterable[NDArray[np.integer] | None]) -> bool:
    """Return whether most labels that occur in two neighbouring slices overlap there.

    Labels of a stack whose slices were segmented one by one either differ from slice
    to slice, or begin at 1 in each, so that the same number is another nucleus.

    Parameters
    ----------
    slices : iterable of ndarray of int, shape (Y, X)
        Slices along Z; None before the first slice of each volume.

    Examples
    --------
    >>> slices = np.array([[[1, 1, 0]], [[0, 1, 1]]])
    >>> are_joined(slices), are_joined([slices[0], slices[1] * 2])
    (True, False)
    """
    shared = overlapping = 0
    before = None
    for plane in slices:
        if plane is not None and before is not None:
            shared += len(np.intersect1d(positive(before), positive(plane)))
            overlapping += len(positive(np.where(plane == before, plane, 0)))
        before = plane
    return 2 * overlapping > shared


def positive(labels: NDArray[np.integer]) -> NDArray[np.integer]:
    """Return the labels that occur, without 0."""
    numbers = np.unique(labels)
    return numbers[numbers > 0]
