from __future__ import annotations

import numpy as np
import pytest

from napari_nuclei.core.tracking.split_backwards import invert
from napari_nuclei.core.tracking.track import track


def parting(draw_discs, merged: int, frames: int = 9):
    """Return two discs that move apart, and are one label in the first frames.

    Returns
    -------
    movie : ndarray of int32, shape (T, Y, X)
    truth : ndarray of int32, shape (T, Y, X)
        Numbered by nucleus.
    """
    truth = np.stack(
        [draw_discs([(30, 24 - t), (30, 36 + t)], 7) for t in range(frames)]
    )
    movie = truth.copy()
    for frame in movie[:merged]:
        frame[frame > 0] = 5
    return movie, truth


@pytest.mark.parametrize("merged", [1, 3])
def test_nuclei_taken_for_one_in_the_first_frames_are_split(draw_discs, merged) -> None:
    movie, truth = parting(draw_discs, merged)
    tracking = track(movie)
    assert len(tracking.tracks) == 2
    assert tracking.n_divisions == 0
    first, second = (int(tracking.labels[8][truth[8] == n][0]) for n in (1, 2))
    for labels, frame in zip(tracking.labels, truth, strict=True):
        right = labels == np.array([0, first, second])[frame]
        assert right[frame > 0].mean() > 0.9
    assert len(track(movie, split_merged=False).nuclei) == len(tracking.nuclei) - merged


def test_a_division_is_found_when_the_daughters_still_touch(draw_discs) -> None:
    mothers = [draw_discs([(30, 30)], 9)] * 3 + [draw_discs([(30, 30)], 7)] * 2
    daughters = [draw_discs([(30, 24 - t), (30, 36 + t)], 6.5) for t in range(6)]
    movie = np.stack([*mothers, *daughters])
    movie[5][movie[5] > 0] = movie[6][movie[6] > 0] = 4  # not told apart yet
    late = track(movie, split_merged=False).tracks
    assert late["end"].tolist() == [6, 10, 10]
    tracks = track(movie).tracks
    assert tracks["fate"].tolist() == ["divided", "last frame", "last frame"]
    assert tracks["end"].tolist() == [4, 10, 10]


def test_a_round_mother_is_not_split_before_she_divides(draw_discs) -> None:
    movie = np.stack(
        [draw_discs([(30, 30)], 9)] * 5
        + [draw_discs([(30, 22 - t), (30, 38 + t)], 7) for t in range(5)]
    )
    assert track(movie).tracks["end"].tolist() == [4, 9, 9]


def test_nuclei_seen_in_the_last_frame_only_split_nothing(draw_discs) -> None:
    movie, _ = parting(draw_discs, merged=8)
    assert len(np.unique(track(movie).labels[:8])) == 2


def test_links_are_inverted() -> None:
    assert invert(np.array([], np.int64), 2).tolist() == [-1, -1]
    assert invert(np.array([1, -1]), 2).tolist() == [-1, 0]
