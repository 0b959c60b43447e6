"""Which outlines of two slices belong to one nucleus."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.matching import choose_pairs


def match_slices(
    before: NDArray[np.integer],
    after: NDArray[np.integer],
    free_before: NDArray[np.integer],
    free_after: NDArray[np.integer],
    *,
    min_iou: float,
    min_share: float,
    areas: tuple[NDArray[np.integer], NDArray[np.integer]] | None = None,
) -> tuple[NDArray[np.integer], NDArray[np.integer]]:
    """Assign the outlines of two slices so that their summed IoU is largest.

    Parameters
    ----------
    before, after : ndarray of int, shape (Y, X)
        Labels of the slices, from 1 and with few gaps.
    free_before, free_after : ndarray of int
        Labels of each slice that may be assigned.
    min_iou, min_share : float
        As for `link_planes`.
    areas : tuple of ndarray of int, optional
        Area of each label of both slices, from label 0 on; measured by default.

    Returns
    -------
    first, second : ndarray of int, shape (matches,)
        Labels of both outlines of each match.
    """
    if not len(free_before) or not len(free_after):
        return np.zeros(0, np.intp), np.zeros(0, np.intp)
    if areas is None:
        areas = np.bincount(before.ravel()), np.bincount(after.ravel())
    first, second, shared = count_shared_pixels(before, after, len(areas[1]))
    sizes = areas[0][first], areas[1][second]
    iou = shared / (sizes[0] + sizes[1] - shared)
    fits = (iou >= min_iou) | (shared >= min_share * np.minimum(*sizes))
    fits &= np.isin(first, free_before) & np.isin(second, free_after)
    first, second = first[fits], second[fits]
    chosen = choose_pairs(first, second, iou[fits])
    return first[chosen], second[chosen]


def count_shared_pixels(
    before: NDArray[np.integer], after: NDArray[np.integer], count: int
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    """Return the labels of both outlines of each pair that shares pixels, and how many.

    Parameters
    ----------
    before, after : ndarray of int, shape (Y, X)
    count : int
        Above the highest label of `after`.
    """
    both = (before > 0) & (after > 0)
    pair = before[both].astype(np.int64) * count + after[both]
    highest = int(pair.max(initial=0))
    if highest <= 4 * before.size + 1_000_000:  # quicker than sorting
        shared = np.bincount(pair, minlength=1)
        pairs = np.flatnonzero(shared)
        shared = shared[pairs]
    else:
        pairs, shared = np.unique(pair, return_counts=True)
    first, second = np.divmod(pairs, count)
    return first, second, shared
