from __future__ import annotations

import numpy as np
import pytest

from napari_nuclei.core.measure.draw_regions import draw_regions


@pytest.mark.parametrize("dtype", [np.uint8, np.int64, np.int16, bool], ids=str)
def test_labels_of_regions_are_numbered_in_their_order(dtype) -> None:
    labels = np.array([[0, 7], [3, 7]]).astype(dtype)
    names, numbers = draw_regions(labels, None)
    if dtype is bool:
        assert (names, numbers.tolist()) == (["1"], [[0, 1], [1, 1]])
    else:
        assert (names, numbers.tolist()) == (["3", "7"], [[0, 2], [1, 2]])


def test_high_and_negative_labels_are_regions_too() -> None:
    for labels in ([[0, 2**40]], [[-5, 0]], np.zeros((0, 2), int)):
        names, numbers = draw_regions(np.array(labels), None)
        assert len(names) == numbers.max(initial=0)
