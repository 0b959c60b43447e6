from __future__ import annotations

import math

import pytest

from napari_nuclei.report.z_prime import z_prime


def test_the_formula_is_that_of_zhang_1999() -> None:
    # Means 100 and 20, standard deviations 10 and 5: 1 - 3 * 15 / 80.
    found = z_prime([90, 100, 110], [15, 20, 25])
    assert found.value == pytest.approx(0.4375)
    assert found.positive == pytest.approx((100, 10, 3))
    assert found.negative == pytest.approx((20, 5, 3))
    assert found.rating == "marginal assay"
    assert z_prime([15, 20, 25], [90, 100, 110]).value == pytest.approx(0.4375)


@pytest.mark.parametrize(
    ("positive", "negative", "rating"),
    [
        ([100, 101], [0, 1], "excellent assay"),
        ([0, 10], [1, 11], "no separation"),
        ([1], [2, 3], "not computed"),
        ([1, 1], [1, 1], "not computed"),
    ],
)
def test_a_rating_follows_from_the_value(
    positive: list[float], negative: list[float], rating: str
) -> None:
    found = z_prime(positive, negative)
    assert found.rating == rating
    assert (found.value is None) == (rating == "not computed")


def test_the_deviation_of_one_value_is_unknown() -> None:
    mean, deviation, count = z_prime([7], [1, 2]).positive
    assert (mean, count) == (7, 1)
    assert math.isnan(deviation)
