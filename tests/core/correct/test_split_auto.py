from __future__ import annotations

import cv2
import numpy as np
import pytest

from napari_nuclei.core.correct.split_auto import relative_neck, split_automatically
from napari_nuclei.core.correct.split_points import split_by_points


def test_the_cut_is_at_the_neck(pair: np.ndarray) -> None:
    before = pair.copy()
    edit = split_automatically(pair, 4)
    assert edit is not None
    edit.apply(pair)
    assert np.array_equal(pair > 0, before > 0)
    assert (pair[20:30, 12:28] == 4).all() and (pair[23:27, 34:45] == 8).all()


@pytest.mark.parametrize("axes", [(12, 12), (20, 9), (30, 14)])
def test_a_convex_nucleus_is_not_cut(axes: tuple[int, int]) -> None:
    labels = np.zeros((80, 80), np.int32)
    cv2.ellipse(labels, (40, 40), axes, 30, 0, 360, 1, cv2.FILLED)
    assert split_automatically(labels, 1) is None


def test_a_row_of_three_is_cut_one_at_a_time() -> None:
    labels = np.zeros((40, 90), np.int32)
    for column in (20, 40, 60):
        cv2.circle(labels, (column, 20), 12, 1, cv2.FILLED)
    for count in (2, 3):
        edits = [split_automatically(labels, int(n)) for n in np.unique(labels)[1:]]
        next(edit for edit in edits if edit is not None).apply(labels)
        assert len(np.unique(labels)) - 1 == count


def test_two_balls_of_a_stack_are_cut() -> None:
    z, y, x = np.ogrid[:20, :24, :44]
    balls = [
        np.sqrt((z - 10) ** 2 + (y - 12) ** 2 + (x - c) ** 2) < 9 for c in (13, 28)
    ]
    stack = (balls[0] | balls[1]).astype(np.int32)
    edit = split_automatically(stack, 1)
    assert edit is not None
    edit.apply(stack)
    assert stack[10, 12, 10] != stack[10, 12, 31]
    assert split_automatically(balls[0].astype(np.int32), 1) is None


def test_the_neck_is_relative_to_the_smaller_part() -> None:
    parts = np.ones((10, 20), np.int32)
    parts[:, 10:] = 2
    diameter = np.sqrt(4 * 100 / np.pi)
    assert relative_neck(parts) == pytest.approx(10 / diameter)
    parts[:, 1:] = 2
    assert relative_neck(parts) == np.inf
    stack = np.ones((10, 10, 10), np.int32)
    stack[5:] = 2
    diameter = (6 * 500 * 3 / np.pi) ** (1 / 3)
    neck = relative_neck(stack, (3, 1, 1))
    assert neck == pytest.approx(100 / (np.pi / 4 * diameter**2))


def test_flat_voxels_are_measured_by_their_size() -> None:
    z, y, x = np.ogrid[:7, :32, :60]
    balls = [
        np.sqrt((3 * (z - 3)) ** 2 + (y - 16) ** 2 + (x - column) ** 2) < 11
        for column in (18, 37)
    ]
    stack = (balls[0] | balls[1]).astype(np.int32)
    for operation in (
        lambda: split_automatically(stack, 1, spacing=(3, 1, 1)),
        lambda: split_by_points(
            stack, 1, [(3, 16, 13), (3, 16, 42)], spacing=(1.5, 0.5, 0.5)
        ),
    ):
        edit = operation()
        assert edit is not None
        parts = stack.copy()
        edit.apply(parts)
        halves = [parts[ball & ~other] for ball, other in (balls, balls[::-1])]
        share = [np.bincount(half, minlength=3).max() / len(half) for half in halves]
        assert min(share) > 0.95
    assert split_automatically(balls[0].astype(int), 1, spacing=(3, 1, 1)) is None
    for wrong in ((1, 1), (0, 1, 1)):
        with pytest.raises(ValueError, match="spacing must have 3 numbers above 0"):
            split_automatically(stack, 1, spacing=wrong)
