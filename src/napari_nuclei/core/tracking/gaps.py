"""Join tracks that were interrupted because a nucleus was missed for some frames."""

from __future__ import annotations

from collections.abc import Iterator

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
    has_candidate = np.isin(first, near) | np.isin(last, near)
    first, last = first[has_candidate], last[has_candidate]
    if not len(first):
        return
    coordinates[~(is_end | is_start)] += UNREACHABLE
    for end, start in bridge_gaps(links.frame, coordinates, first, last, max_gap):
        if is_end[end] and is_start[start]:
            links.join(end, start)


def bridge_gaps(
    frame: Ints, coordinates: Floats, first: Ints, last: Ints, max_gap: int
) -> Iterator[tuple[int, int]]:
    """Yield the nuclei that laptrack joins over gaps.

    Parameters
    ----------
    frame : ndarray of int64, shape (n,)
        Frame of each nucleus.
    coordinates : ndarray of float64, shape (n, axes)
        Nuclei at a distance of 1 or more are not joined.
    first, last : ndarray of int64, shape (tracks,)
        Index of the first and the last nucleus of each track.
    max_gap : int
        Largest number of frames in a row without the nucleus.

    Yields
    ------
    end, start : int
        Index of the last nucleus of a track, and of the first one of another track.
    """
    nodes = np.union1d(first, last)
    frames = [nodes[frame[nodes] == t] for t in range(int(frame.max()) + 1)]
    # laptrack names a nucleus by its frame and its position in the frame.
    node_of = {
        (t, position): node
        for t, nodes_of_frame in enumerate(frames)
        for position, node in enumerate(nodes_of_frame.tolist())
    }
    name_of = {node: name for name, node in node_of.items()}
    tracks = zip(first.tolist(), last.tolist(), strict=True)
    connected = {(name_of[a], name_of[b]) for a, b in tracks if a != b}
    tracker = import_laptrack().LapTrack(
        cutoff=0.0, gap_closing_cutoff=1.0, gap_closing_max_frame_count=max_gap + 1
    )
    tree = tracker.predict(
        [coordinates[nodes_of_frame] for nodes_of_frame in frames],
        connected_edges=sorted(connected) or None,
    )
    for end_name, start_name in tree.edges:
        if (end_name, start_name) not in connected:
            yield node_of[end_name], node_of[start_name]


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
