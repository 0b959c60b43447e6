from __future__ import annotations

import numpy as np
import pytest

from napari_nuclei.core.correct.boxes import LabelBoxes
from napari_nuclei.core.correct.split_line import split_by_line


@pytest.mark.parametrize(
    "line",
    [
        [(5, 30), (50, 30)],
        [(50, 30), (5, 30)],
        [(24, 30), (26, 30)],  # both ends inside: extended to the outline
        [(5, 30), (15, 30), (26, 30), (26, 30)],  # released where the line ended
        [(5, 30), (28, 30), (28, 31)],  # by a hand that trembles
        [(5, 25), (20, 30), (25, 29), (32, 31), (50, 22)],
    ],
)
def test_a_line_divides_a_nucleus_without_losing_pixels(
    pair: np.ndarray, line: list[tuple[float, float]]
) -> None:
    before = pair.copy()
    boxes = LabelBoxes.from_labels(pair)
    edit = split_by_line(pair, 4, line, boxes=boxes)
    assert edit is not None and (edit.touched, edit.new) == ((4,), (8,))
    edit.apply(pair)
    assert np.array_equal(pair > 0, before > 0)
    assert pair[25, 20] == 4 and pair[25, 40] == 8
    assert np.array_equal(pair == 7, before == 7)


def test_a_line_cuts_only_the_arm_that_it_crosses() -> None:
    labels = np.zeros((40, 40), np.int32)
    labels[5:35, 5:12] = labels[5:35, 28:35] = labels[28:35, 5:35] = 1  # a U
    edit = split_by_line(labels, 1, [(15, 2), (15, 15)], new=2)
    assert edit is not None
    edit.apply(labels)
    assert labels[7, 8] == 2 and labels[7, 30] == 1 and labels[30, 8] == 1


def test_a_line_between_separate_pieces_divides_them() -> None:
    labels = np.zeros((20, 30), np.int32)
    labels[5:15, 3:12] = labels[5:15, 16:29] = 6
    edit = split_by_line(labels, 6, [(2, 14), (18, 14)], new=7)
    assert edit is not None
    edit.apply(labels)
    assert (labels[5:15, 3:12] == 7).all() and (labels[5:15, 16:29] == 6).all()


def test_a_line_beside_the_nucleus_divides_nothing(pair: np.ndarray) -> None:
    assert split_by_line(pair, 4, [(0, 0), (0, 70)]) is None
    assert split_by_line(pair, 99, [(25, 0), (25, 70)]) is None
    with pytest.raises(ValueError, match="two corners"):
        split_by_line(pair, 4, [(25, 20)])


def test_a_stack_is_divided_in_all_planes_or_in_one(pair: np.ndarray) -> None:
    stack = np.stack([pair, pair, pair * 0])
    line = [(5, 30), (50, 30)]
    whole = split_by_line(stack, 4, line, new=9)
    one = split_by_line(stack, 4, line, new=9, plane=1)
    assert whole is not None and one is not None
    one.apply(stack)
    assert [9 in plane for plane in stack] == [False, True, False]
    one.revert(stack)
    whole.apply(stack)
    assert [9 in plane for plane in stack] == [True, True, False]
