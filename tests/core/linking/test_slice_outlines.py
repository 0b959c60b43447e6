from __future__ import annotations

import numpy as np
import pytest

from napari_nuclei.core.linking.slice_outlines import (
    index_labels,
    measure_outlines,
    number_pixels,
)


@pytest.mark.parametrize("high", [9, 2_000_000_000], ids=["small", "huge"])
def test_outlines_have_their_area_light_and_whether_the_border_cuts_them(
    high: int,
) -> None:
    plane = np.zeros((6, 7), np.int64)
    plane[0, :2], plane[2:4, 2:5] = 4, high
    contrast = np.full(plane.shape, 2, np.float32)
    found = measure_outlines(plane, contrast)
    assert found.labels.tolist() == [4, high]
    assert found.areas.tolist() == [2, 6]
    assert found.light.tolist() == [4, 12]
    assert found.brightness.tolist() == [2, 2]
    assert found.cut.tolist() == [True, False]
    assert measure_outlines(plane, None).light.tolist() == [2, 6]
    # Light is a divisor of other light: it is never 0 or below.
    assert (measure_outlines(plane, -contrast).light > 0).all()


@pytest.mark.parametrize("high", [9, 2_000_000_000], ids=["small", "huge"])
def test_labels_are_found_whatever_their_numbers(high: int) -> None:
    plane = np.array([[0, 3, high], [5, high, 0]])
    assert index_labels(plane, np.array([high, 3])).tolist() == [[0, 2, 1], [0, 1, 0]]
    labels, index = number_pixels(plane[plane > 0])
    assert labels.tolist() == [3, 5, high]
    assert index.tolist() == [0, 2, 1, 2]


def test_a_slice_without_outlines_has_none() -> None:
    empty = np.zeros((4, 4), np.int32)
    assert len(measure_outlines(empty, None).labels) == 0
    assert index_labels(empty, np.zeros(0, np.int64)).max() == 0
