from __future__ import annotations

import numpy as np
import pytest

from napari_nuclei.core.measure.intensities import (
    NUCLEI_PER_CHECK,
    measure_intensities,
    order_statistics,
)
from napari_nuclei.core.measure.pixels import NucleusPixels


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.int32, np.float32, float])
def test_statistics_are_those_of_numpy(
    rng: np.random.Generator, dtype: type[np.generic]
) -> None:
    labels = rng.integers(0, 9, (40, 50))
    image = (rng.random(labels.shape) * 250).astype(dtype)
    pixels = NucleusPixels.of_labels(labels)
    found = measure_intensities("dapi", image.ravel()[pixels.positions], pixels)
    for row, label in enumerate(pixels.numbers):
        values = image[labels == label].astype(float)
        for name in ("mean", "sum", "std", "min", "max", "median"):
            expected = getattr(np, name)(values)
            assert found[f"dapi_{name}"][row] == pytest.approx(expected, rel=1e-6)


def test_a_background_is_subtracted_from_all_but_the_deviation() -> None:
    pixels = NucleusPixels.of_labels(np.array([[1, 1, 2]]))
    values = np.array([10, 20, 30])
    found = measure_intensities("a", values, pixels, background=5)
    assert found["a_mean"].tolist() == [10, 25]
    assert found["a_sum"].tolist() == [20, 25]
    assert found["a_median"].tolist() == [10, 25]
    assert found["a_std"].tolist() == [5, 0]


def test_nan_is_left_out_and_counted() -> None:
    pixels = NucleusPixels.of_labels(np.array([[1, 1, 2, 3]]))
    found = measure_intensities("a", np.array([np.nan, 4, 6, np.nan]), pixels)
    assert found["a_nan"].tolist() == [1, 0, 1]
    np.testing.assert_array_equal(found["a_mean"], [4, 6, np.nan])
    np.testing.assert_array_equal(found["a_sum"], [4, 6, 0])
    np.testing.assert_array_equal(found["a_max"], [4, 6, np.nan])


def test_order_statistics_of_even_odd_and_empty_groups() -> None:
    values = np.array([5, 1, 9, 2, 8], np.uint8)
    found = order_statistics(values, np.array([3, 0, 2]))
    np.testing.assert_array_equal(
        found, [[1, np.nan, 2], [5, np.nan, 5], [9, np.nan, 8]]
    )
    assert values.tolist() == [5, 1, 9, 2, 8]


def test_the_check_is_called_between_nuclei() -> None:
    calls: list[None] = []
    count = 2 * NUCLEI_PER_CHECK
    order_statistics(np.zeros(count), np.ones(count, int), lambda: calls.append(None))
    assert len(calls) == 2
