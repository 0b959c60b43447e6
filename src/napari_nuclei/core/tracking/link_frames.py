"""Find which nuclei of two neighbouring frames are the same."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.tracking.frame_nuclei import Floats, FrameNuclei, Ints

CERTAIN_IOU = 0.5
"""Nuclei whose IoU is above this are linked without regard to the others."""

CERTAIN_DISTANCE = 0.35
"""Largest distance of such nuclei from the expected position, in units of the largest
distance."""

MAX_COUNTED = 10_000_000
"""Numbers up to this one are counted without sorting them."""

SIZE_WEIGHT = 0.75 / np.log(2)
"""A factor 2 between two areas costs as much as 3/4 of the largest distance."""


def import_laptrack() -> Any:
    """Import laptrack.

    Raises
    ------
    ModuleNotFoundError
        If it is not installed; the message gives the command that installs it.
    """
    try:
        return import_module("laptrack")
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            "laptrack is needed to track nuclei: "
            "python -m pip install 'napari-nuclei[tracks]'"
        ) from error


def link_frames(
    before: FrameNuclei,
    after: FrameNuclei,
    expected: Floats,
    positions: Floats,
    overlaps: tuple[Ints, Ints],
    max_distance: float,
) -> Ints:
    """Link the nuclei of two frames, each to one other at most.

    Nuclei whose outlines overlap by more than half, near to the expected position, are
    linked first. The others are assigned to each other so that the sum of the costs is
    lowest: the squared distance from the expected position, and the difference of the
    areas.

    Parameters
    ----------
    before, after : FrameNuclei
        Nuclei of the earlier and the later frame.
    expected : ndarray of float64, shape (n, axes)
        Where the nuclei of `before` are expected in the later frame.
    positions : ndarray of float64, shape (m, axes)
        Where the nuclei of `after` are.
    overlaps : tuple of ndarray of int64
        Indices in `before` and `after` of nuclei that overlap by more than half, as
        returned by `certain_overlaps`.
    max_distance : float
        Largest distance between expected and true position, as `expected`.

    Returns
    -------
    ndarray of int64, shape (m,)
        Index in `before` of each nucleus of `after`, or -1.
    """
    links = np.full(len(after), -1, np.int64)
    first, second = overlaps
    distance = np.linalg.norm(expected[first] - positions[second], axis=1)
    is_near = distance <= CERTAIN_DISTANCE * max_distance
    first, second = first[is_near], second[is_near]
    links[second] = first
    free_before = np.setdiff1d(np.arange(len(before)), first)
    free_after = np.flatnonzero(links < 0)
    if not len(free_before) or not len(free_after):
        return links
    coordinates = [
        np.column_stack([where / max_distance, size_costs(nuclei)])[free]
        for where, nuclei, free in (
            (expected, before, free_before),
            (positions, after, free_after),
        )
    ]
    tracker = import_laptrack().LapTrack(cutoff=1.0, gap_closing_cutoff=False)
    for (_, index_before), (_, index_after) in tracker.predict(coordinates).edges:
        links[free_after[index_after]] = free_before[index_before]
    return links


def size_costs(nuclei: FrameNuclei) -> Floats:
    """Return the coordinate of each nucleus whose differences are costs of the size.

    A nucleus cut by the border counts as one of median size: how much of it is in view
    changes from frame to frame.
    """
    logs = np.log(nuclei.areas)
    whole = logs[~nuclei.touches_border]
    typical = float(np.median(whole)) if len(whole) else 0.0
    costs: Floats = SIZE_WEIGHT * np.where(nuclei.touches_border, typical, logs)
    return costs


def certain_overlaps(
    parts: tuple[NDArray[np.integer], NDArray[np.integer]],
    before: FrameNuclei,
    after: FrameNuclei,
) -> tuple[Ints, Ints]:
    """Return the nuclei of two frames whose outlines overlap by more than half.

    Parameters
    ----------
    parts : tuple of ndarray of int, of the same shape
        Labels of the parts of both frames in which a nucleus that moved with all
        others has the same pixels, as returned by `overlapping_parts`.
    before, after : FrameNuclei
        Nuclei of the frames.

    Returns
    -------
    first, second : ndarray of int64, shape (pairs,)
        Indices in the two frames; each nucleus is in one pair at most.
    """
    both = (parts[0] > 0) & (parts[1] > 0)
    row = np.searchsorted(before.labels, parts[0][both])
    column = np.searchsorted(after.labels, parts[1][both])
    pairs, shared = count_values(row * max(len(after), 1) + column)
    first, second = np.divmod(pairs, max(len(after), 1))
    union = before.areas[first] + after.areas[second] - shared
    certain = shared > CERTAIN_IOU * union
    return first[certain], second[certain]


def count_values(values: Ints) -> tuple[Ints, Ints]:
    """Return the different values, ascending, and how often each occurs.

    Parameters
    ----------
    values : ndarray of int64, shape (n,)
        0 or more.
    """
    if int(values.max(initial=0)) > MAX_COUNTED:
        different, counts = np.unique(values, return_counts=True)
        return different.astype(np.int64), counts
    counts = np.bincount(values)
    different = np.flatnonzero(counts)
    return different, counts[different]
