"""Join tracks that were interrupted because a nucleus was missed for some frames."""

from __future__ import annotations

import numpy as np

from napari_nuclei.core.tracking.frame_nuclei import Floats, Ints
from napari_nuclei.core.tracking.link_frames import import_laptrack, size_costs
from napari_nuclei.core.tracking.links import Links

UNREACHABLE = 1e6
"""Added to the coordinates of nuclei that may not be joined, in largest distances."""


def close_gaps(links: Links, drift: Floats, max_distance: float, max_gap: int) -> None:
    """Join the end of a track to the start of one that begins a few frames later.

    Parameters
    ----------
    links : Links
        Changed in place.
    drift : ndarray of float64, shape (frames, axes)
        What the nuclei have moved in common since the first frame, in pixels.
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
    # laptrack needs the first and the last nucleus of each track alone.
    first, last = track_ends(links)
    nodes = np.union1d(first, last)
    coordinates = np.column_stack(
        [
            (links.positions - drift[links.frame])[nodes] / max_distance,
            size_costs(links.nuclei)[nodes],
        ]
    )
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
