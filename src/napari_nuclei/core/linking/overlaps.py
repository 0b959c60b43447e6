"""How the outlines of two slices overlap, and which belong to one nucleus."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class MatchSettings(Protocol):
    """The settings that decide which outlines belong together."""

    @property
    def min_iou(self) -> float:
        """Smallest intersection over union."""

    @property
    def min_share(self) -> float:
        """Smallest share of the smaller outline that lies in the larger one."""


@dataclass(frozen=True, slots=True)
class Overlaps:
    """Pairs of outlines of two slices that overlap.

    Attributes
    ----------
    first, second : ndarray of int64, shape (pairs,)
        Row of the outline among the ascending labels of each slice.
    iou, share : ndarray of float64, shape (pairs,)
        Intersection over union, and over the area of the smaller outline.
    counts : tuple of int
        Number of outlines of both slices.
    """

    first: NDArray[np.int64]
    second: NDArray[np.int64]
    iou: NDArray[np.float64]
    share: NDArray[np.float64]
    counts: tuple[int, int]

    @classmethod
    def between(
        cls, before: NDArray[np.integer], after: NDArray[np.integer]
    ) -> Overlaps:
        """Find the overlaps of two slices of the same shape."""
        numbers, areas = zip(
            *(np.unique(one[one > 0], return_counts=True) for one in (before, after)),
            strict=True,
        )
        both = (before > 0) & (after > 0)
        first = np.searchsorted(numbers[0], before[both]).astype(np.int64)
        second = np.searchsorted(numbers[1], after[both]).astype(np.int64)
        width = max(len(numbers[1]), 1)
        keys, common = np.unique(first * width + second, return_counts=True)
        first, second = np.divmod(keys, width)
        sizes = areas[0][first], areas[1][second]
        return cls(
            first,
            second,
            common / (sizes[0] + sizes[1] - common),
            common / np.minimum(*sizes),
            (len(numbers[0]), len(numbers[1])),
        )


def match_slices(
    overlaps: Overlaps,
    free_first: NDArray[np.bool_],
    free_second: NDArray[np.bool_],
    settings: MatchSettings,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Assign the outlines of two slices so that their summed IoU is largest.

    Parameters
    ----------
    overlaps : Overlaps
    free_first, free_second : ndarray of bool
        Which outlines of each slice may be assigned.
    settings : MatchSettings

    Returns
    -------
    first, second : ndarray of int64, shape (matches,)
        Rows of the outlines of each match.
    """
    from scipy.optimize import linear_sum_assignment
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    fits = (overlaps.iou >= settings.min_iou) | (overlaps.share >= settings.min_share)
    fits &= free_first[overlaps.first] & free_second[overlaps.second]
    first, second, iou = overlaps.first[fits], overlaps.second[fits], overlaps.iou[fits]
    if not len(first):
        return first, second
    total = sum(overlaps.counts)
    graph = coo_array((iou, (first, second + overlaps.counts[0])), (total, total))
    _, group = connected_components(graph, directed=False)
    order = np.argsort(group[first], kind="stable")
    ends = np.flatnonzero(np.diff(group[first][order])) + 1
    matched = []
    for pairs in np.split(order, ends):
        rows, row = np.unique(first[pairs], return_inverse=True)
        columns, column = np.unique(second[pairs], return_inverse=True)
        gain = np.zeros((len(rows), len(columns)))
        gain[row, column] = iou[pairs]
        for a, b in zip(*linear_sum_assignment(gain, maximize=True), strict=True):
            if gain[a, b] > 0:
                matched.append((rows[a], columns[b]))
    found = np.array(matched, np.int64).reshape(-1, 2)
    return found[:, 0], found[:, 1]
