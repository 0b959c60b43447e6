"""Join tracks that were interrupted because a nucleus was missed for some frames."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from napari_nuclei.core.tracking.frame_nuclei import Floats, Ints
from napari_nuclei.core.tracking.link_frames import import_laptrack, size_costs
from napari_nuclei.core.tracking.links import Links

UNREACHABLE = 1e6
"""Added to the coordinates of nuclei that may not be joined, in units of the largest
distance."""


def close_gaps(links: Links, drift: Floats, max_distance: float, max_gap: int) -> None:
    """Join the end of a track to the start of one that begins a few frames later.

    Parameters
    ----------
    links : Links
        Changed in place.
    drift : ndarray of float64, shape (frames, axes)
        Common displacement of the nuclei since the first frame, in pixels.
    max_distance : float
        Largest distance between end and start, without the drift, in pixels.
    max_gap : int
        Largest number of frames in a row without the nucleus.
    """
    last_frame = int(links.frame.max(initial=0))
    is_end = (links.next < 0) & ~links.divided & (links.frame < last_frame)
    is_start = (links.previous < 0) & (links.mother < 0) & (links.frame > 0)
    if not max_gap or not is_end.any() or not is_start.any():
        return
    coordinates = np.column_stack(
        [
            (links.positions - drift[links.frame]) / max_distance,
            size_costs(links.nuclei),
        ]
    )
    near = near_pairs(links.frame, coordinates, is_end, is_start, max_gap + 1)
    # laptrack needs the first and the last nucleus of these tracks alone.
    first, last = track_ends(links)
    wanted = np.isin(first, near) | np.isin(last, near)
    first, last = first[wanted], last[wanted]
    if not len(first):
        return
    nodes = np.union1d(first, last)
    coordinates = coordinates[nodes]
    coordinates[~(is_end | is_start)[nodes]] += UNREACHABLE
    frames = links.frame[nodes]
    groups = [np.flatnonzero(frames == t) for t in range(last_frame + 1)]
    name_of = {
        int(nodes[one]): (t, i)
        for t, group in enumerate(groups)
        for i, one in enumerate(group)
    }
    connected = {
        (name_of[int(one)], name_of[int(other)])
        for one, other in zip(first, last, strict=True)
        if one != other
    }
    tracker = import_laptrack().LapTrack(
        cutoff=0.0, gap_closing_cutoff=1.0, gap_closing_max_frame_count=max_gap + 1
    )
    tree = tracker.predict(
        [coordinates[group] for group in groups],
        connected_edges=sorted(connected) or None,
    )
    for one, other in tree.edges:
        if (one, other) in connected:
            continue
        end = int(nodes[groups[one[0]][one[1]]])
        start = int(nodes[groups[other[0]][other[1]]])
        if is_end[end] and is_start[start]:
            links.join(end, start)


def near_pairs(
    frame: Ints,
    coordinates: Floats,
    is_end: NDArray[np.bool_],
    is_start: NDArray[np.bool_],
    max_frames: int,
) -> Ints:
    """Return the ends and starts that have a start or end near to them.

    Parameters
    ----------
    frame : ndarray of int64, shape (n,)
        Frame of each nucleus.
    coordinates : ndarray of float64, shape (n, axes)
        A distance below 1 is near.
    is_end, is_start : ndarray of bool, shape (n,)
        Whether a track that may be continued ends or starts there.
    max_frames : int
        Largest number of frames from an end to a start.

    Returns
    -------
    ndarray of int64
        Indices of nuclei.
    """
    ends, starts = np.flatnonzero(is_end), np.flatnonzero(is_start)
    pairs = KDTree(coordinates[ends]).sparse_distance_matrix(
        KDTree(coordinates[starts]), 1.0, output_type="ndarray"
    )
    first, second = ends[pairs["i"]], starts[pairs["j"]]
    later = frame[second] - frame[first]
    fits = (later >= 1) & (later <= max_frames)
    return np.union1d(first[fits], second[fits])


def track_ends(links: Links) -> tuple[Ints, Ints]:
    """Return the first and the last nucleus of each track.

    Returns
    -------
    first, last : ndarray of int64, shape (tracks,)
    """
    first = np.flatnonzero(links.previous < 0)
    last = first.copy()
    active = links.next[last] >= 0
    while active.any():
        last[active] = links.next[last[active]]
        active = links.next[last] >= 0
    return first, last
