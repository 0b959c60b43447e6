from __future__ import annotations

import math

import numpy as np
import pytest

from napari_nuclei.core.confidence import (
    ConfidenceCurve,
    count_error,
    limit_at_threshold,
)

CURVE = ConfidenceCurve(-1.0, 2.0, count_low=-0.5, count_high=2.0)


def test_the_confidence_rises_with_the_mean_foreground_probability() -> None:
    means = np.linspace(0, 1, 50)
    found = CURVE.confidence(means)
    assert (np.diff(found[1:-1]) > 0).all()
    assert 0 < found.min() < found.max() < 1
    assert CURVE.confidence(0.5) == pytest.approx(1 / (1 + math.e))


@pytest.mark.parametrize("confidence", [0.05, 0.3, 0.5, 0.9])
def test_the_inverse_gives_the_mean_of_a_confidence(confidence: float) -> None:
    mean = CURVE.mean_foreground(confidence)
    assert CURVE.confidence(mean) == pytest.approx(confidence, abs=1e-4)


def test_a_confidence_of_0_keeps_every_nucleus_and_one_out_of_reach_none() -> None:
    assert CURVE.mean_foreground(0.0) == 0.0
    assert ConfidenceCurve(-30.0, 1.0).mean_foreground(0.9) > 1.0


def test_a_nucleus_with_exactly_the_minimum_confidence_is_kept() -> None:
    means = np.random.default_rng(0).uniform(0.05, 0.95, 200)
    limits = [CURVE.mean_foreground(float(c)) for c in CURVE.confidence(means)]
    assert (means >= limits).all()


def test_the_range_of_a_count_is_wider_for_uncertain_nuclei() -> None:
    certain, uncertain = np.full(50, 0.99), np.full(50, 0.6)
    low, high = CURVE.count_range(certain)
    assert low < 50 < high
    lower, higher = CURVE.count_range(uncertain)
    assert lower < low and higher > high
    assert count_error(uncertain) == pytest.approx(50 * 0.4 + 50**0.5 / 2 + 1)


def test_an_image_without_nuclei_may_have_a_few() -> None:
    assert CURVE.count_range(np.zeros(0)) == (0, 2)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ((0.0, 0.0), "slope of a confidence curve must be above 0; got 0.0"),
        ((float("nan"), 1.0), "intercept .* must be finite"),
        ((0.0, "steep"), "slope .* must be a number; got 'steep'"),
        ((0.0, 1.0, 2.0, 1.0), "count_low .* must not be above count_high"),
    ],
)
def test_an_invalid_curve_is_refused(values: tuple, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ConfidenceCurve(*values)


@pytest.mark.parametrize("limit", [0.0, math.inf])
def test_no_limit_and_one_out_of_reach_stay_at_any_threshold(limit: float) -> None:
    assert limit_at_threshold(limit, 0.2, 0.5) == limit


def test_a_limit_rises_with_the_threshold() -> None:
    limits = [limit_at_threshold(0.7, x, 0.5) for x in (0.1, 0.3, 0.5, 0.7, 0.9)]
    assert limits == sorted(limits)
    assert limits[2] == 0.7
    assert all(0 < limit < 1 for limit in limits)
