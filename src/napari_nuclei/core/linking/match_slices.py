"""Which outlines of two slices belong to one nucleus."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.matching import choose_pairs, find_overlaps


def match_slices(
    before: NDArray[np.integer],
    after: NDArray[np.integer],
    free_before: NDArray[np.integer],
    free_after: NDArray[np.integer],
    *,
    min_iou: float,
    min_share: float,
) -> tuple[NDArray[np.integer], NDArray[np.integer]]:
    """Assign the outlines of two slices so that their summed IoU is largest.

    Parameters
    ----------
    before, after : ndarray of int, shape (Y, X)
        Labels of the slices.
    free_before, free_after : ndarray of int
        Labels of each slice that may be assigned.
    min_iou, min_share : float
        As for `link_planes`.

    Returns
    -------
    first, second : ndarray of int, shape (matches,)
        Labels of both outlines of each match.
    """
    overlaps = find_overlaps(before, after)
    fits = (overlaps.iou >= min_iou) | (overlaps.share >= min_share)
    fits &= np.isin(overlaps.true, free_before)
    fits &= np.isin(overlaps.predicted, free_after)
    first, second = overlaps.true[fits], overlaps.predicted[fits]
    chosen = choose_pairs(first, second, overlaps.iou[fits])
    return first[chosen], second[chosen]
