from __future__ import annotations

import numpy as np
import pytest

from napari_nuclei.io.checks.whole_numbers import as_whole_numbers


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_whole_numbers_become_integers(dtype: str) -> None:
    found = as_whole_numbers(np.array([[0, 3], [7, 3]], dtype))
    assert found.dtype == np.int64
    assert found.tolist() == [[0, 3], [7, 3]]


@pytest.mark.parametrize("value", [0.5, np.nan, np.inf, 2.0**31])
def test_other_floats_stay(value: float) -> None:
    pixels = np.array([[1.0, value]])
    assert as_whole_numbers(pixels) is pixels


def test_integers_stay() -> None:
    pixels = np.array([[1, 2]], np.uint8)
    assert as_whole_numbers(pixels) is pixels
