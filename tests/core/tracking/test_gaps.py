from __future__ import annotations

import numpy as np
import pytest

from napari_nuclei.core.tracking.gaps import track_ends
from napari_nuclei.core.tracking.track import track


def movie_with_gap(draw_discs, missing: int, step: int = 2):
    """Return a nucleus that moves and is missed in some frames, and one that stays."""
    frames = []
    for t in range(10):
        centres = [(50, 50)]
        if not 4 <= t < 4 + missing:
            centres.append((20, 12 + step * t))
        frames.append(draw_discs(centres))
    return np.stack(frames)


@pytest.mark.parametrize(("missing", "max_gap", "tracks"), [(1, 2, 2), (2, 2, 2)])
def test_a_gap_is_closed(draw_discs, missing: int, max_gap: int, tracks: int) -> None:
    tracking = track(movie_with_gap(draw_discs, missing), max_gap=max_gap)
    assert len(tracking.tracks) == tracks
    moved = tracking.nuclei.query("track == 1 or track == 2").groupby("track").size()
    assert sorted(moved) == [10 - missing, 10]


@pytest.mark.parametrize(("missing", "max_gap"), [(1, 0), (2, 1), (3, 2)])
def test_a_longer_gap_stays_open(draw_discs, missing: int, max_gap: int) -> None:
    assert len(track(movie_with_gap(draw_discs, missing), max_gap=max_gap).tracks) == 3


def test_gaps_of_a_field_that_drifts_are_closed(draw_discs) -> None:
    rng = np.random.default_rng(4)
    places = np.stack(np.meshgrid(np.arange(9), np.arange(9)), -1).reshape(-1, 2) * 24
    places = places + rng.uniform(-6, 6, places.shape)
    frames = []
    for t in range(8):
        frame = draw_discs(places + np.array([0, 9 * t]), 5, (220, 290))
        if t == 4:
            frame[frame % 5 == 0] = 0
        frames.append(frame)
    tracking = track(np.stack(frames))
    counts = tracking.nuclei.groupby("track").size()
    assert (counts[tracking.tracks.set_index("track")["start"] == 0] >= 5).all()
    assert len(tracking.tracks) == len(np.unique(np.stack(frames))) - 1


def test_the_ends_of_tracks_are_found() -> None:
    from napari_nuclei.core.tracking.frames import find_frames
    from napari_nuclei.core.tracking.links import links_of_numbers

    movie = np.zeros((3, 5, 9), int)
    movie[:, 1:3, 1:3] = 4
    movie[1, 1:3, 5:7] = 2
    links = links_of_numbers(find_frames(movie), 1.0, {})
    first, last = track_ends(links)
    assert links.frame[first].tolist() == [0, 1]
    assert links.frame[last].tolist() == [2, 1]
