from __future__ import annotations

import numpy as np
import pytest

from napari_nuclei.widgets.layers.lazy_crop import LazyCrop, compose_index


def test_a_part_of_a_crop_is_that_part_of_the_whole(rng) -> None:
    data = rng.integers(0, 99, (4, 30, 40))
    crop = LazyCrop(data, (slice(1, 3), slice(5, 29, 2), slice(7, 33, 3)))
    expected = data[1:3, 5:29:2, 7:33:3]
    assert crop.shape == expected.shape
    for index in (
        (1, slice(None), slice(None)),
        (slice(None), 11, slice(2, 5)),
        (0, slice(0, 12), slice(4, None)),
        (0, slice(10, 20), slice(3, 9, 2)),
    ):
        np.testing.assert_array_equal(crop[index], expected[index])


@pytest.mark.parametrize("index", [slice(None), slice(1, 3), slice(0, 4, 2), 2])
def test_an_index_into_a_part_is_an_index_into_the_whole(index) -> None:
    whole = np.arange(40)
    part = slice(7, 33, 3)
    np.testing.assert_array_equal(whole[compose_index(index, part)], whole[part][index])
