from __future__ import annotations

import numpy as np
import pytest

from napari_nuclei.core.correct.boxes import LabelBoxes
from napari_nuclei.core.correct.delete import delete


@pytest.mark.parametrize("cached", [False, True])
def test_deleting_leaves_other_nuclei(pair: np.ndarray, cached: bool) -> None:
    boxes = LabelBoxes.from_labels(pair) if cached else None
    before = pair.copy()
    edit = delete(pair, 4, boxes=boxes)
    assert edit is not None
    assert (edit.kind, edit.touched, edit.new) == ("delete", (4,), ())
    assert np.array_equal(pair, before)  # nothing is written before apply
    edit.apply(pair)
    assert np.array_equal(pair, np.where(before == 4, 0, before))


def test_several_nuclei_are_one_edit(pair: np.ndarray) -> None:
    edit = delete(pair, [4, 7, 7, 99, 0])
    assert edit is not None and edit.touched == (4, 7)
    edit.apply(pair)
    assert not pair.any()


def test_one_plane_or_the_whole_nucleus(pair: np.ndarray) -> None:
    stack = np.stack([pair, pair])
    whole, one = delete(stack, 4), delete(stack, 4, plane=1)
    assert whole is not None and one is not None
    one.apply(stack)
    assert [int((plane == 4).any()) for plane in stack] == [1, 0]
    one.revert(stack)
    whole.apply(stack)
    assert np.unique(stack).tolist() == [0, 7]


def test_deleting_nothing_is_no_edit(pair: np.ndarray) -> None:
    assert delete(pair, []) is None
    assert delete(pair, [0, 12]) is None
