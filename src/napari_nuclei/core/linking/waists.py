"""Split nuclei that lie on top of each other, where their area has a waist."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def split_at_waists(
    chains: list[NDArray[np.int64]], areas: list[NDArray[np.int64]], waist: float
) -> list[NDArray[np.int64]]:
    """Split chains of outlines whose area falls and rises again.

    Parameters
    ----------
    chains : list of ndarray of int64
        Number of the chain of each outline, for each slice.
    areas : list of ndarray of int64
        Area of each of these outlines.
    waist : float
        Share of the largest areas on both sides below which a chain is split.

    Returns
    -------
    list of ndarray of int64
        Chains; the upper part of one that was split has a new number.
    """
    if waist == 0 or not chains:
        return chains
    number = np.concatenate(chains)
    area = np.concatenate(areas).astype(float)
    lengths = [len(chain) for chain in chains]
    # A chain has at most one outline in a slice, so that its order is that of slices.
    order = np.argsort(number, kind="stable")
    ends = np.flatnonzero(np.diff(number[order])) + 1
    split = number.copy()
    following = int(number.max(initial=0)) + 1
    for outlines in np.split(order, ends):
        for start in find_waists(area[outlines], waist):
            split[outlines[start:]] = following
            following += 1
    return np.split(split, np.cumsum(lengths)[:-1])


def find_waists(areas: NDArray[np.float64], waist: float) -> list[int]:
    """Return the first index of each part but the first of a chain of areas.

    The slice of the waist itself belongs to the part whose area next to it is nearer
    to its own.

    Examples
    --------
    >>> find_waists(np.array([4.0, 9, 8, 2, 7, 9, 3]), 0.6)
    [3]
    >>> find_waists(np.array([4.0, 9, 8, 7, 5]), 0.6)
    []
    """
    starts: list[int] = []
    begin = 0
    while True:
        part = areas[begin:]
        if len(part) < 3:
            return starts
        before = np.maximum.accumulate(part)
        after = np.maximum.accumulate(part[::-1])[::-1]
        depth = part / np.minimum(before, after)
        # The first waist: the lowest slice before the area has risen again.
        low = np.flatnonzero(depth < waist)
        if not len(low):
            return starts
        run = low[: np.flatnonzero(np.diff([*low, len(part) + 1]) > 1)[0] + 1]
        lowest = int(run[np.argmin(part[run])])
        to_left = abs(part[lowest] - part[lowest - 1])
        to_right = abs(part[lowest] - part[lowest + 1])
        begin += lowest + (1 if to_left <= to_right else 0)
        starts.append(begin)
