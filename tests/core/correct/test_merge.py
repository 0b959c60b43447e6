from __future__ import annotations

import numpy as np
import pytest

from napari_nuclei.core.correct.merge import merge


@pytest.mark.parametrize(
    ("gap", "bridged"), [(0, True), (1, True), (2, True), (4, False)]
)
def test_a_slit_of_up_to_two_pixels_is_closed(gap: int, bridged: bool) -> None:
    labels = np.zeros((20, 40), np.int32)
    labels[4:16, 2:12] = 3
    labels[4:16, 12 + gap : 30] = 8
    edit = merge(labels, [3, 8])
    assert edit is not None and edit.kind == "merge"
    edit.apply(labels)
    assert np.unique(labels).tolist() == [0, 8]  # the number of the larger one
    assert bool((labels[4:16, 12 : 12 + gap] == 8).all()) is bridged


def test_merging_covers_no_neighbour_and_leaves_dents() -> None:
    labels = np.zeros((20, 40), np.int32)
    labels[4:16, 2:12] = 3
    labels[4:16, 13:30] = 8
    labels[10:16, 12] = 5
    labels[4:6, 20] = 0  # a dent of nucleus 8
    edit = merge(labels, [3, 8])
    assert edit is not None
    edit.apply(labels)
    assert (labels[10:16, 12] == 5).all()
    assert (labels[4:6, 20] == 0).all()
    assert (labels[5:10, 12] == 8).all()


def test_three_nuclei_of_a_stack_merge_in_all_planes() -> None:
    stack = np.zeros((3, 10, 30), np.int32)
    for number, start in ((1, 2), (2, 8), (3, 14)):
        stack[number - 1 :, 2:8, start : start + 5] = number
    edit = merge(stack, [1, 2, 3])
    assert edit is not None
    edit.apply(stack)
    assert np.unique(stack).tolist() == [0, 1]
    assert (stack[2, 3:7, 2:19] == 1).all()


def test_one_nucleus_cannot_be_merged(pair: np.ndarray) -> None:
    assert merge(pair, [4]) is None
    assert merge(pair, [4, 99]) is None
    assert merge(pair, [4, 4]) is None
