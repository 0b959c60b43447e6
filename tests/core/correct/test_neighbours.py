from __future__ import annotations

import numpy as np
import pytest

from napari_nuclei.core.correct.neighbours import neighbour_pairs


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_each_pair_of_neighbours_is_returned_once(axis: int) -> None:
    labels = np.arange(24).reshape(2, 3, 4)
    first, second = neighbour_pairs(labels, axis)
    step = labels.strides[axis] // labels.itemsize
    np.testing.assert_array_equal(second, first + step)
    assert first.size == labels.size // labels.shape[axis] * (labels.shape[axis] - 1)


def test_a_single_pixel_has_no_neighbour() -> None:
    first, second = neighbour_pairs(np.ones((1, 5), int), 0)
    assert first.size == second.size == 0
