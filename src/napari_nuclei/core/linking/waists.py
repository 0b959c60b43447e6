"""Split nuclei that lie on top of each other, where their light has a waist."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

OFFSET_SHARE = 0.8
"""A nucleus is cut between two slices if they share less than this fraction of the
light of the dimmer one: the nuclei lie diagonally."""

SLICES_PER_STEP = 12
"""Height of nuclei, in slices, for each slice before and after one whose mean smooths
the light along z. In thin slices the light varies with the outlines."""

Floats = NDArray[np.float64]


def split_at_waists(
    chains: list[NDArray[np.int64]],
    light: list[Floats],
    waist: float,
    shared: list[Floats] | None = None,
) -> list[NDArray[np.int64]]:
    """Split chains of outlines whose light falls and rises again.

    Parameters
    ----------
    chains : list of ndarray of int64
        Number of the chain of each outline, for each slice.
    light : list of ndarray of float64
        Light, or area, of each of these outlines.
    waist : float
        Fraction of the largest light on both sides below which a chain is split.
    shared : list of ndarray of float64, optional
        Light that each outline shares with the one before it in its chain.

    Returns
    -------
    list of ndarray of int64
        Chains; the upper part of one that was split has a new number.
    """
    if waist == 0 or not chains:
        return chains
    number = np.concatenate(chains)
    values = np.concatenate(light).astype(float)
    overlap = None if shared is None else np.concatenate(shared)
    lengths = [len(chain) for chain in chains]
    # A chain has at most one outline in a slice, so that its order is that of slices.
    order = np.argsort(number, kind="stable")
    ends = np.flatnonzero(np.diff(number[order])) + 1
    groups = np.split(order, ends)
    step = smoothing_step([values[outlines] for outlines in groups])
    split = number.copy()
    following = int(number.max(initial=0)) + 1
    for outlines in groups:
        between = None if overlap is None else overlap[outlines[1:]]
        for start in find_waists(values[outlines], waist, between, step=step):
            split[outlines[start:]] = following
            following += 1
    return np.split(split, np.cumsum(lengths)[:-1])


def smoothing_step(chains: list[Floats]) -> int:
    """Return the number of slices on each side over which the light is averaged.

    Parameters
    ----------
    chains : list of ndarray of float64
        Light of the outlines of each chain.

    Examples
    --------
    >>> smoothing_step([np.ones(14)]), smoothing_step([np.ones(5)])
    (1, 0)
    """
    heights = [chain.sum() / chain.max() for chain in chains if len(chain) > 1]
    return round(float(np.median(heights)) / SLICES_PER_STEP) if heights else 0


def average_along(values: Floats, step: int) -> Floats:
    """Return the mean of each value and `step` values on both sides of it."""
    if not step or not len(values):
        return values
    width = 2 * step + 1
    padded = np.pad(values, step, mode="edge")
    return np.asarray(np.convolve(padded, np.full(width, 1 / width), "valid"))


def find_waists(
    light: Floats, waist: float, shared: Floats | None = None, *, step: int = 0
) -> list[int]:
    """Return the first index of each part but the first of a chain.

    The slice of a waist belongs to the part whose light next to it is nearer to its
    own.

    Parameters
    ----------
    light : ndarray of float64, shape (slices,)
        Light, or area, of each outline of the chain.
    waist : float
        Fraction of the largest light on both sides below which the chain is split.
    shared : ndarray of float64, shape (slices - 1,), optional
        Light that two outlines in turn share. If it falls far below the light of both,
        the chain is split between them.
    step : int
        As of `smoothing_step`.

    Examples
    --------
    >>> find_waists(np.array([4.0, 9, 8, 2, 7, 9, 3]), 0.6)
    [3]
    >>> find_waists(np.array([4.0, 9, 8, 7, 5]), 0.6)
    []
    >>> find_waists(np.array([4.0, 9, 8, 7, 9]), 0.6, np.array([4.0, 8, 2, 7]))
    [3]
    """
    if len(light) < 2:
        return []
    if shared is None:
        shared = (light[1:] + light[:-1]) / 2
    series = np.empty(2 * len(light) - 1)
    series[::2] = light = average_along(light, step)
    series[1::2] = average_along(shared, step)
    starts: list[int] = []
    begin = 0
    while True:
        part = series[2 * begin :]
        if len(part) < 3:
            return starts
        before = np.maximum.accumulate(part)
        after = np.maximum.accumulate(part[::-1])[::-1]
        low = np.flatnonzero(part < waist * np.minimum(before, after))
        if not len(low):
            return starts
        # The first waist: the lowest value before the light has risen again.
        run = low[: np.flatnonzero(np.diff([*low, len(part) + 1]) > 1)[0] + 1]
        begin += place_cut(part, run)
        starts.append(begin)


def place_cut(part: Floats, run: NDArray[np.intp]) -> int:
    """Return the first slice after the cut through a waist.

    Parameters
    ----------
    part : ndarray of float64
        Light of slices (even indices), and what two slices share (odd indices).
    run : ndarray of int
        Indices of the waist.
    """
    lowest = int(run[np.argmin(part[run])])
    slices = run[run % 2 == 0]
    dimmest = int(slices[np.argmin(part[slices])]) if len(slices) else None
    if dimmest is None or part[lowest] < OFFSET_SHARE * part[dimmest]:
        return (lowest + 1) // 2 if lowest % 2 else lowest // 2
    to_left = abs(part[dimmest] - part[dimmest - 2])
    to_right = abs(part[dimmest] - part[dimmest + 2])
    return dimmest // 2 + (1 if to_left <= to_right else 0)
