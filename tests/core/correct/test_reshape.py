from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from napari_nuclei.core.correct.reshape import (
    fill_holes,
    grow,
    redraw,
    shrink,
    smooth,
)

SQUARE = [(30, 10), (30, 70), (55, 70), (55, 10)]


def test_redrawing_replaces_the_nucleus_and_covers_no_other(pair: np.ndarray) -> None:
    before = pair.copy()
    edit = redraw(pair, 4, SQUARE)
    assert edit is not None and (edit.touched, edit.new) == ((4,), ())
    edit.apply(pair)
    assert np.array_equal(pair == 7, before == 7)
    expected = np.zeros(pair.shape, bool)
    expected[30:56, 10:71] = True
    assert np.array_equal(pair == 4, expected & (before != 7))


def test_redrawing_an_unused_number_makes_a_nucleus(pair: np.ndarray) -> None:
    edit = redraw(pair, 12, [(2, 2), (2, 9), (9, 9), (9, 2)])
    assert edit is not None and (edit.touched, edit.new) == ((), (12,))


@pytest.mark.parametrize(
    ("shape", "outline", "message"),
    [
        ((9, 9), [(1, 1), (2, 2)], "three corners"),
        ((3, 9, 9), [(1, 1), (1, 5), (5, 5)], "give plane="),
    ],
)
def test_a_wrong_outline_is_an_error(
    shape: tuple[int, ...], outline: list[tuple[int, int]], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        redraw(np.zeros(shape, np.int32), 1, outline)


def test_an_outline_outside_the_image_changes_nothing(pair: np.ndarray) -> None:
    assert redraw(pair, 4, [(-9, -9), (-9, -2), (-2, -2)]) is None


def test_an_outline_that_reaches_outside_is_cut_off(pair: np.ndarray) -> None:
    edit = redraw(pair, 12, [(-9, -9), (-9, 5), (5, 5), (5, -9)])
    assert edit is not None
    edit.apply(pair)
    assert np.count_nonzero(pair == 12) == 36


def test_growing_and_shrinking_move_the_outline_by_a_pixel(pair: np.ndarray) -> None:
    area = np.count_nonzero(pair == 7)
    edit = grow(pair, 7)
    assert edit is not None
    edit.apply(pair)
    cross = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
    grown = (pair == 7).astype(np.uint8)
    assert np.count_nonzero(grown) > area + 30
    edit = shrink(pair, 7)
    assert edit is not None
    edit.apply(pair)
    assert np.array_equal(pair == 7, cv2.erode(grown, cross).astype(bool))


@pytest.mark.parametrize("operation", [grow, smooth, fill_holes])
def test_no_operation_covers_a_neighbour(operation: Callable[..., object]) -> None:
    labels = np.zeros((30, 30), np.int32)
    labels[5:25, 5:15] = 1
    labels[5:25, 15:25] = 2
    labels[10:14, 8:11] = 0
    labels[11, 9] = 3
    edit = operation(labels, 1)
    assert edit is not None
    before = labels.copy()
    edit.apply(labels)  # type: ignore[attr-defined]
    assert np.array_equal(labels == 2, before == 2)
    assert labels[11, 9] == 3


def test_shrinking_never_removes_a_nucleus() -> None:
    labels = np.zeros((9, 9), np.int32)
    labels[4, 4:6] = 1
    assert shrink(labels, 1) is None
    with pytest.raises(ValueError, match="at least 1"):
        shrink(labels, 1, 0)


def test_the_end_of_the_image_is_no_outline() -> None:
    labels = np.zeros((12, 12), np.int32)
    labels[:6, :6] = 1
    edit = shrink(labels, 1)
    assert edit is not None
    edit.apply(labels)
    assert (labels[:5, :5] == 1).all() and not labels[5].any()


def test_smoothing_removes_spikes_and_preserves_the_area(pair: np.ndarray) -> None:
    area = np.count_nonzero(pair == 7)
    pair[45, 70:76] = 7  # a spike
    edit = smooth(pair, 7)
    assert edit is not None
    edit.apply(pair)
    assert not (pair[45, 73:76] == 7).any()
    assert abs(np.count_nonzero(pair == 7) - area) < 12


def test_holes_are_filled_in_each_plane(pair: np.ndarray) -> None:
    holed = pair.copy()
    holed[25, 18:22] = 0
    stack = np.stack([holed, holed])
    edit = fill_holes(stack, 4)
    assert edit is not None
    edit.apply(stack)
    assert np.array_equal(stack, np.stack([pair, pair]))
    assert fill_holes(stack, 4) is None
