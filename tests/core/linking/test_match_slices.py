from __future__ import annotations

from typing import Any

import numpy as np

from napari_nuclei.core.linking.match_slices import match_slices


def match(before: Any, after: Any, **settings: Any) -> dict[int, int]:
    """Match all outlines of two slices; return the labels of the matches."""
    free = settings.pop("free_before", np.unique(before)), np.unique(after)
    settings = {"min_iou": 0.25, "min_share": 0.7, **settings}
    first, second = match_slices(before, after, *free, **settings)
    return dict(zip(first.tolist(), second.tolist(), strict=True))


def test_the_sum_of_iou_decides_and_not_the_best_pair_alone() -> None:
    # 2 overlaps most with a, but then 1 would have no partner.
    before = np.array([[1] * 10 + [2] * 10])
    after = np.array([[5] * 16 + [6] * 4])
    assert match(before, after) == {1: 5, 2: 6}


def test_outlines_that_are_taken_or_far_smaller_are_not_matched() -> None:
    before, after = np.array([[1] * 20]), np.array([[3] * 2 + [0] * 18])
    assert match(before, after) == {1: 3}
    apart = np.array([[0] * 19 + [3]])
    assert match(before, apart, min_share=1.0) == {1: 3}
    assert match(before, after, free_before=np.array([], int)) == {}
    cut = np.array([[1] * 20 + [0] * 4]), np.array([[0] * 18 + [3] * 6])
    assert match(*cut) == {}


def test_empty_slices_have_no_matches() -> None:
    empty = np.zeros((3, 3), int)
    assert match(empty, empty) == {}
