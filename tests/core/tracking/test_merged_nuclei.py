"""Labels that cover several tracks in some frames."""

from __future__ import annotations

import numpy as np
import pytest

from napari_nuclei.core.tracking.merged_nuclei import (
    SplitPixels,
    nearest_outlines,
    solidity,
    split_label,
)
from napari_nuclei.core.tracking.track import track


def meeting(draw_discs, merged=(4, 5), frames=10, radius=6):
    """Return two discs that meet, are one label in some frames, and part again.

    Returns
    -------
    movie : ndarray of int32, shape (T, Y, X)
    truth : ndarray of int32, shape (T, Y, X)
        Numbered by nucleus.
    """
    truth = np.stack(
        [
            draw_discs(
                [(30, 20 + min(t, 6)), (31, 44 - 2 * min(t, 6) + 2 * max(0, t - 6))],
                radius,
            )
            for t in range(frames)
        ]
    )
    movie = truth.copy()
    for t in merged:
        movie[t][movie[t] > 0] = 7
    return movie, truth


def numbers_at(tracking, truth, t: int) -> list[int]:
    """Return the track at each nucleus of a frame."""
    labels = tracking.labels[t]
    return [int(np.bincount(labels[truth[t] == n]).argmax()) for n in (1, 2)]


def test_a_label_over_two_tracks_is_split_where_they_are_expected(draw_discs) -> None:
    movie, truth = meeting(draw_discs)
    before = movie.copy()
    tracking = track(movie)
    assert len(tracking.tracks) == 2
    assert tracking.n_divisions == 0
    first = numbers_at(tracking, truth, 0)
    assert sorted(first) == [1, 2]
    for t in range(len(movie)):
        assert numbers_at(tracking, truth, t) == first
        right = tracking.labels[t] == np.array([0, *first])[truth[t]]
        assert right[truth[t] > 0].mean() > 0.9
    assert tracking.nuclei["area"].between(60, 140).all()
    assert len(tracking.nuclei) == 20
    np.testing.assert_array_equal(movie, before)


def test_without_splitting_the_track_is_interrupted(draw_discs) -> None:
    movie, _ = meeting(draw_discs)
    tracking = track(movie, split_merged=False)
    assert len(tracking.nuclei) == 18
    assert len(np.unique(tracking.labels[4])) == 2


def test_labels_are_replaced_by_split_ones(draw_discs) -> None:
    movie, _ = meeting(draw_discs)
    wanted = track(movie).labels
    tracking = track(movie)
    replaced = tracking.renumber_in_place()
    np.testing.assert_array_equal(movie, wanted)
    np.testing.assert_array_equal(replaced.labels, wanted)
    assert (replaced.nuclei["label"] == replaced.nuclei["track"]).all()


def test_a_label_may_be_split_twice() -> None:
    frame = np.array([[1, 1, 1, 1]])
    first = SplitPixels(np.arange(4), np.array([2, 2, 3, 3]))
    second = SplitPixels(np.array([2, 3]), np.array([4, 5]))
    both = first.then(second)
    assert both.apply(frame).tolist() == [[2, 2, 4, 5]]
    assert both.apply(frame).tolist() == second.apply(first.apply(frame)).tolist()


@pytest.mark.parametrize("dtype", [np.uint8, np.uint64], ids=str)
def test_parts_have_numbers_whatever_the_type(draw_discs, dtype) -> None:
    movie, _ = meeting(draw_discs)
    large = 248 if dtype == np.uint8 else 10**12
    changed = np.where(movie > 0, large + movie.astype(np.int64), 0).astype(dtype)
    tracking = track(changed)
    np.testing.assert_array_equal(tracking.labels, track(movie).labels)


def test_three_nuclei_under_one_label_are_parted(draw_discs) -> None:
    frames = [
        draw_discs([(20, 20 + t), (20, 40), (37 - t, 31 + t / 4)], 6) for t in range(8)
    ]
    movie = np.stack(frames)
    movie[6][movie[6] > 0] = 1
    tracking = track(movie)
    assert len(tracking.tracks) == 3
    assert len(np.unique(tracking.labels[6])) == 4


def test_a_nucleus_cut_in_two_for_a_while_is_left_whole(draw_discs) -> None:
    movie = np.stack([draw_discs([(30, 30 + t)], 9) for t in range(9)])
    for t in (3, 4, 5):
        movie[t, 30:][movie[t, 30:] > 0] = 2
    tracking = track(movie)
    assert all(len(np.unique(frame)) == 2 for frame in tracking.labels[6:])


def test_a_nucleus_that_disappears_splits_nothing(draw_discs) -> None:
    movie = np.stack([draw_discs([(30, 20), (30, 44)], 6) for _ in range(6)])
    movie[3:][movie[3:] == 2] = 0
    tracking = track(movie)
    assert tracking.tracks["fate"].tolist() == ["last frame", "lost"]


def test_nuclei_in_3d_are_split() -> None:
    z, y, x = np.ogrid[:9, :40, :60]
    movie = np.zeros((6, 9, 40, 60), np.int32)
    for t in range(6):
        for number, cx in ((1, 15 + t), (2, 39 - 2 * t)):
            ball = (3 * (z - 4)) ** 2 + (y - 20) ** 2 + (x - cx) ** 2 <= 81
            movie[t][ball] = number
    movie[4][movie[4] > 0] = 5
    tracking = track(movie, axes="TZYX", pixel_size=1.0, z_spacing=3.0)
    assert len(tracking.tracks) == 2
    assert len(np.unique(tracking.labels[4])) == 3


def test_pixels_belong_to_the_nearest_outline(draw_discs) -> None:
    frame = draw_discs([(30, 20), (30, 34)], 6)
    outlines = [np.argwhere(frame == number) for number in (1, 2)]
    pixels = np.argwhere(frame > 0)
    part = nearest_outlines(pixels + 3, outlines)  # moved together
    np.testing.assert_array_equal(part + 1, frame[frame > 0])


def test_only_outlines_with_a_waist_are_split(draw_discs) -> None:
    pair = draw_discs([(30, 20), (30, 31)], 6)
    y, x = np.ogrid[:64, :64]
    ellipse = np.argwhere(((y - 30) / 6) ** 2 + ((x - 26) / 12) ** 2 <= 1)
    assert solidity(np.argwhere(pair > 0)) < 0.9
    assert solidity(ellipse) == 1
    assert solidity(np.argwhere(np.eye(5))) == 1  # a line
    assert solidity(np.argwhere(pair[np.newaxis] > 0)) < 0.9  # a single slice
    outlines = [np.argwhere(pair == number) for number in (1, 2)]
    areas = np.array([len(outline) for outline in outlines], float)
    assert split_label(np.argwhere(pair > 0), outlines, areas) is not None
    assert split_label(ellipse, outlines, areas) is None
    assert split_label(np.argwhere(pair > 0), outlines, 3 * areas) is None


@pytest.mark.parametrize(
    ("top", "nuclei"), [(0, 16), (10, 15)], ids=["border", "inside"]
)
def test_half_of_a_waist_is_enough_at_the_border(top: int, nuclei: int) -> None:
    movie = np.zeros((8, 48, 64), np.int32)
    movie[:, top : top + 20, 8:28] = 1
    movie[:, top : top + 20, 29:49] = 2
    merged = np.zeros((48, 64), np.int32)
    merged[top : top + 20, 8:49] = 5
    for depth, half in ((19, 3), (18, 2), (17, 1)):  # a shallow notch
        merged[top + depth, 28 - half : 29 + half] = 0
    movie[4] = merged
    assert 0.98 < solidity(np.argwhere(merged > 0)) < 0.99
    tracking = track(movie)
    assert len(tracking.nuclei) == nuclei
