from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from napari_nuclei.core.linking.overlaps import Overlaps, match_slices

SETTINGS = SimpleNamespace(min_iou=0.25, min_share=0.7)


def all_free(overlaps: Overlaps) -> tuple[np.ndarray, np.ndarray]:
    return tuple(np.ones(count, bool) for count in overlaps.counts)


def test_overlaps_have_iou_and_share() -> None:
    overlaps = Overlaps.between(
        np.array([[4, 4, 4, 0, 9, 9]]), np.array([[0, 2, 2, 2, 0, 0]])
    )
    assert overlaps.counts == (2, 1)
    assert overlaps.first.tolist() == overlaps.second.tolist() == [0]
    assert overlaps.iou.tolist() == [0.5]
    assert overlaps.share.tolist() == [2 / 3]


def test_the_sum_of_iou_decides_and_not_the_best_pair_alone() -> None:
    # 2 overlaps most with a, but then 1 would have no partner.
    before = np.array([[1] * 10 + [2] * 10])
    after = np.array([[5] * 16 + [6] * 4])
    first, second = match_slices(
        overlaps := Overlaps.between(before, after), *all_free(overlaps), SETTINGS
    )
    assert dict(zip(first.tolist(), second.tolist(), strict=True)) == {0: 0, 1: 1}


def test_outlines_that_are_taken_or_far_smaller_are_not_matched() -> None:
    before, after = np.array([[1] * 20]), np.array([[3] * 2 + [0] * 18])
    overlaps = Overlaps.between(before, after)
    assert match_slices(overlaps, *all_free(overlaps), SETTINGS)[0].tolist() == [0]
    strict = SimpleNamespace(min_iou=0.25, min_share=1.0)
    apart = Overlaps.between(before, np.array([[0] * 19 + [3]]))
    assert len(match_slices(apart, *all_free(apart), strict)[0]) == 1
    taken = np.zeros(1, bool)
    assert len(match_slices(overlaps, taken, np.ones(1, bool), SETTINGS)[0]) == 0


def test_empty_slices_have_no_overlaps() -> None:
    empty = np.zeros((3, 3), int)
    overlaps = Overlaps.between(empty, empty)
    assert match_slices(overlaps, *all_free(overlaps), SETTINGS)[0].tolist() == []
