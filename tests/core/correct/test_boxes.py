from __future__ import annotations

import numpy as np
import pytest

from napari_nuclei.core.correct.boxes import LabelBoxes
from napari_nuclei.core.correct.edit import make_edit


def true_box(labels: np.ndarray, number: int) -> tuple[slice, ...]:
    return tuple(
        slice(int(index.min()), int(index.max()) + 1)
        for index in np.nonzero(labels == number)
    )


@pytest.mark.parametrize("dtype", [np.uint8, np.int32, np.uint32, np.int64, np.uint64])
def test_boxes_hold_each_nucleus_exactly(pair: np.ndarray, dtype: type) -> None:
    labels = pair.astype(dtype)
    boxes = LabelBoxes.from_labels(labels)
    assert len(boxes) == 2
    for number in (4, 7):
        assert boxes.find(number) == true_box(labels, number)
    assert boxes.find(5) is None


def test_a_number_of_a_billion_needs_no_table_of_a_billion(pair: np.ndarray) -> None:
    pair[pair == 7] = 10**9
    boxes = LabelBoxes.from_labels(pair)
    assert boxes.find(10**9) == true_box(pair, 10**9)
    assert boxes.find(4) == true_box(pair, 4)


def test_boxes_of_a_stack_span_its_planes(pair: np.ndarray) -> None:
    stack = np.stack([pair * 0, pair, np.roll(pair, 5, axis=1)])
    boxes = LabelBoxes.from_labels(stack)
    for number in (4, 7):
        assert boxes.find(number) == true_box(stack, number)


@pytest.mark.parametrize("ndim", [2, 3])
def test_a_window_grows_round_a_click_to_the_whole_nucleus(ndim: int) -> None:
    labels = np.zeros((600, 700), np.int32)
    labels[100:400, 50:60] = 3  # long: the first window does not hold it
    labels[390:400, 50:650] = 3
    point: tuple[float, ...] = (101.2, 55)
    if ndim == 3:
        labels, point = np.stack([labels, labels * 0]), (0, *point)
    boxes = LabelBoxes.around(labels, [point])
    assert boxes.find(3) == true_box(labels, 3)


def test_clicks_beside_nuclei_find_none(pair: np.ndarray) -> None:
    assert len(LabelBoxes.around(pair, [(0, 0), (-5, 200)])) == 0


def test_boxes_grow_with_edits(pair: np.ndarray) -> None:
    boxes = LabelBoxes.from_labels(pair)
    after = pair.copy()
    after[40:58, 5:70] = np.where(after[40:58, 5:70] == 0, 7, after[40:58, 5:70])
    after[0, 0] = 11
    edit = make_edit(pair, (slice(0, 60), slice(0, 80)), after, "redraw", [11])
    assert edit is not None
    edit.apply(pair)
    boxes.include(pair, edit)
    for number in (7, 11):
        assert boxes.find(number) == true_box(pair, number)
