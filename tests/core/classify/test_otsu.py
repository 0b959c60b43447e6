from __future__ import annotations

import itertools
from time import perf_counter

import numpy as np
import pytest
from skimage.filters import threshold_otsu

from napari_nuclei.core.classify.otsu import otsu_limits


def variance_within(values: np.ndarray, limits: tuple[float, ...]) -> float:
    classes = np.digitize(values, limits)
    groups = [values[classes == number] for number in range(len(limits) + 1)]
    return sum(((group - group.mean()) ** 2).sum() for group in groups if len(group))


@pytest.mark.parametrize("count", [1, 2, 3])
def test_no_other_limits_make_classes_that_vary_less(rng, count) -> None:
    values = rng.gamma(2, 10, 25)
    found = variance_within(values, tuple(otsu_limits(values, count)))
    ordered = np.sort(values)
    middles = (ordered[1:] + ordered[:-1]) / 2
    others = itertools.combinations(middles, count)
    least = min(variance_within(values, limits) for limits in others)
    assert found == pytest.approx(least)


def test_one_limit_is_that_of_scikit_image_up_to_a_bin(rng) -> None:
    values = np.concatenate([rng.normal(10, 3, 4000), rng.normal(30, 5, 2000)])
    width = np.ptp(values) / 256
    (limit,) = otsu_limits(values)
    assert limit == pytest.approx(threshold_otsu(values), abs=2 * width)


def test_a_limit_lies_midway_between_two_groups() -> None:
    assert otsu_limits(np.array([50.0] * 9 + [54.0] * 9 + [200.0] * 9)) == [127]


@pytest.mark.parametrize("offset", [0, 1e9])
def test_a_large_offset_makes_no_difference(rng, offset) -> None:
    values = np.concatenate([rng.normal(1, 0.1, 50), rng.normal(2, 0.1, 50)])
    (limit,) = otsu_limits(values + offset)
    assert 1.3 < limit - offset < 1.7


@pytest.mark.parametrize(("values", "count"), [([], 1), ([3, 3], 1), ([1, 2, 2], 2)])
def test_too_few_different_values_are_refused(values, count) -> None:
    with pytest.raises(ValueError, match="need more than"):
        otsu_limits(np.array(values, float), count)


def test_many_values_take_no_time(rng) -> None:
    start = perf_counter()
    otsu_limits(rng.normal(size=100_000), 3)
    assert perf_counter() - start < 1  # 0.03 s on an idle core
