from __future__ import annotations

import numpy as np
import pytest

from napari_nuclei.core.correct.split_points import split_by_points


def test_two_clicks_divide_at_the_neck(pair: np.ndarray) -> None:
    before = pair.copy()
    edit = split_by_points(pair, 4, [(27, 18), (24, 40)])
    assert edit is not None
    edit.apply(pair)
    assert np.array_equal(pair > 0, before > 0)
    assert (pair[20:30, 12:26] == 4).all() and (pair[23:27, 35:45] == 8).all()


def test_clicks_in_one_basin_divide_midway() -> None:
    labels = np.ones((21, 21), np.int32)
    edit = split_by_points(labels, 1, [(10, 10), (10, 16)])
    assert edit is not None
    edit.apply(labels)
    assert np.bincount(labels.ravel())[1:].min() > 100


def test_the_network_decides_where_the_valley_is() -> None:
    labels = np.ones((20, 40), np.int32)
    distance = np.ones((20, 40), np.float32)
    distance[:, 12] = 0  # not in the middle, where the outline has no waist
    edit = split_by_points(labels, 1, [(10, 5), (10, 30)], distance, new=2)
    assert edit is not None
    edit.apply(labels)
    assert (labels[:, :11] == 2).all() and (labels[:, 14:] == 1).all()


def test_a_stack_takes_points_with_or_without_z() -> None:
    stack = np.ones((4, 8, 8), np.int32)
    upper = split_by_points(stack, 1, [(0, 4, 4), (3, 4, 4)], new=2)
    flat = split_by_points(stack, 1, [(4, 1), (4, 6)], new=2)
    assert upper is not None and flat is not None
    halves = stack.copy()
    upper.apply(halves)
    assert (halves[:2] == halves[0, 0, 0]).all() and halves[3, 0, 0] != halves[0, 0, 0]
    flat.apply(stack)
    assert (stack[:, :, 0] == stack[0, 0, 0]).all() and stack[0, 0, 7] != stack[0, 0, 0]


def test_clicks_that_miss_are_errors(pair: np.ndarray) -> None:
    with pytest.raises(ValueError, match="Point 2 lies outside nucleus 4"):
        split_by_points(pair, 4, [(25, 20), (45, 62)])
    with pytest.raises(ValueError, match="at least two points"):
        split_by_points(pair, 4, [(25, 20)])
    assert split_by_points(pair, 99, [(25, 20), (25, 38)]) is None
    assert split_by_points(pair, 4, [(25, 20), (25, 20)]) is None
