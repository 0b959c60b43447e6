"""Limits between groups of values by Otsu's method."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

MAX_GROUPS = 512
"""Number of different values above which close ones are treated as one."""


def otsu_limits(values: NDArray[np.float64], count: int = 1) -> list[float]:
    """Return the limits between classes whose values vary least.

    This is the criterion of Otsu (1979), for several limits too. A limit lies midway
    between the two nearest values, so small changes of it move no value.

    Parameters
    ----------
    values : ndarray of float, shape (N,)
        Finite.
    count : int
        Number of limits.

    Raises
    ------
    ValueError
        If there are not more different values than limits.

    Examples
    --------
    >>> otsu_limits(np.array([1.0, 2, 11, 12, 13]))
    [6.5]
    """
    ordered = np.sort(np.asarray(values, np.float64))
    starts = group_starts(ordered)
    if len(starts) <= count:
        raise ValueError(f"{count} limits need more than {count} different values")
    splits = best_splits(ordered, starts, count)
    return [float((ordered[split - 1] + ordered[split]) / 2) for split in splits]


def group_starts(ordered: NDArray[np.float64]) -> NDArray[np.intp]:
    """Return the first index of each group of equal values; of close ones if many."""
    new = np.concatenate([[True], np.diff(ordered) > 0])[: len(ordered)]
    if np.count_nonzero(new) > MAX_GROUPS:
        low, high = ordered[0], ordered[-1]
        bins = ((ordered - low) / (high - low) * MAX_GROUPS).astype(int)
        new = np.concatenate([[True], np.diff(bins) > 0])
    return np.flatnonzero(new)


def best_splits(
    ordered: NDArray[np.float64], starts: NDArray[np.intp], count: int
) -> list[int]:
    """Return the first index of each class but the first, so that values vary least.

    Parameters
    ----------
    ordered : ndarray of float, shape (N,)
    starts : ndarray of int
        Indices at which a class may begin; the first is 0.
    count : int
        Number of splits, fewer than there are starts.
    """
    ends = np.append(starts, len(ordered))
    # Sums of squares are exact enough for values near zero only.
    spread = float(ordered[-1] - ordered[0]) or 1.0
    scaled = (ordered - ordered.mean()) / spread
    number = ends.astype(float)
    total = np.concatenate([[0.0], np.cumsum(scaled)])[ends]
    squares = np.concatenate([[0.0], np.cumsum(scaled**2)])[ends]
    size = np.subtract.outer(number, number).T  # from the row's end to the column's
    with np.errstate(divide="ignore", invalid="ignore"):
        cost = np.subtract.outer(squares, squares).T
        cost -= np.subtract.outer(total, total).T ** 2 / size
    cost[size <= 0] = np.inf
    least = cost[0]
    chosen = []
    for _ in range(count):
        sums = least[:, np.newaxis] + cost
        chosen.append(sums.argmin(axis=0))
        least = sums.min(axis=0)
    splits = []
    position = len(ends) - 1
    for best in reversed(chosen):
        position = int(best[position])
        splits.append(int(ends[position]))
    return splits[::-1]
