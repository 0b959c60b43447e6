from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from napari_nuclei.core.targets import MAX_OFFSET
from napari_nuclei.model.losses import (
    AREA_LOSSES,
    OFFSET_UNIT,
    accuracy,
    dice,
    iou,
    lovasz_hinge,
    mean_offset_error,
    nuclei_loss,
    soft_dice,
)

Floats = NDArray[np.float32]


def offset_error(truth: Floats, found: Floats) -> float:
    """Return the mean error of the offsets, in pixels."""
    weight = truth[..., 2]
    error = mean_offset_error(truth[..., 3:], found[..., 2:], weight)
    return OFFSET_UNIT * float(error)


@pytest.fixture
def truth() -> Floats:
    """One row of eight pixels: four in a nucleus, its distance 0 or 1."""
    target = np.full((1, 1, 8, 5), 0.5, np.float32)
    target[..., 2] = 1
    target[0, 0, :, 0] = [0, 0, 1, 1, 1, 1, 0, 0]
    target[0, 0, :, 1] = [0, 0, 0, 1, 1, 0, 0, 0]
    return target


@pytest.fixture
def guess(truth: Floats) -> Floats:
    """Predict three of four foreground pixels, and one background pixel wrongly."""
    found = truth[..., :2].copy()
    found[0, 0, :, 0] = [0, 0.9, 0.8, 0.7, 0.6, 0.4, 0.3, 0.1]
    return found


def test_a_perfect_prediction_costs_nothing(truth: Floats) -> None:
    assert float(nuclei_loss(truth, truth[..., :2])) == pytest.approx(0, abs=1e-4)


def test_a_prediction_that_is_wrong_everywhere_costs_a_lot(truth: Floats) -> None:
    wrong = 1 - truth[..., :2]
    loss = float(nuclei_loss(truth, wrong))
    assert np.isfinite(loss)
    assert loss > 10


def test_a_better_prediction_costs_less(truth: Floats, guess: Floats) -> None:
    better = 0.5 * guess + 0.5 * truth[..., :2]
    assert float(nuclei_loss(truth, better)) < float(nuclei_loss(truth, guess))


@pytest.mark.parametrize(
    ("measure", "value"), [(accuracy, 6 / 8), (dice, 6 / 8), (iou, 3 / 5)]
)
def test_metrics_match_values_computed_by_hand(
    truth: Floats, guess: Floats, measure, value: float
) -> None:
    assert float(measure(truth, guess)) == pytest.approx(value, abs=1e-5)


MEASURES = [nuclei_loss, lovasz_hinge, accuracy, dice, iou]


@pytest.mark.parametrize("measure", MEASURES)
def test_pixels_of_weight_0_are_ignored(truth: Floats, guess: Floats, measure) -> None:
    truth[0, 0, 3:5, 2] = 0
    before = float(measure(truth, guess))
    guess[0, 0, 3:5] = 0.01
    assert float(measure(truth, guess)) == pytest.approx(before, abs=1e-6)


@pytest.mark.parametrize("measure", [dice, iou])
def test_an_empty_truth_that_is_found_empty_is_perfect(measure) -> None:
    nothing = np.zeros((1, 4, 4, 5), np.float32)
    assert float(measure(nothing, nothing[..., :2])) == pytest.approx(1)


@pytest.mark.parametrize("measure", MEASURES)
def test_a_batch_without_annotated_pixels_gives_a_finite_number(measure) -> None:
    unknown = np.zeros((1, 4, 4, 5), np.float32)
    assert np.isfinite(float(measure(unknown, unknown[..., :2] + 0.5)))


def test_offset_errors_count_in_pixels_and_inside_nuclei_only(truth: Floats) -> None:
    truth[0, 0, 2:6, 3:] = 0.75
    perfect = truth[..., [0, 1, 3, 4]]
    assert float(nuclei_loss(truth, perfect)) == pytest.approx(0, abs=1e-4)
    wrong = perfect.copy()
    wrong[0, 0, 2, 2] += 8 / (2 * MAX_OFFSET)  # 8 pixels too far down, in one of four
    wrong[0, 0, 0, 2] += 8 / (2 * MAX_OFFSET)  # and in the background
    assert offset_error(truth, wrong) == pytest.approx(2, rel=1e-4)
    assert float(nuclei_loss(truth, wrong)) == pytest.approx(0.25, rel=1e-2)


def test_offsets_of_pixels_of_weight_0_are_ignored(truth: Floats) -> None:
    truth[..., 3:], truth[..., 2] = 0.75, 0
    assert offset_error(truth, np.zeros((1, 1, 8, 4), np.float32)) == 0


def test_the_hinge_follows_the_iou_if_all_pixels_are_equally_confident(
    truth: Floats, guess: Floats
) -> None:
    logit = 1.0
    sure = 1 / (1 + np.exp(-logit))
    guess[..., 0] = np.where(guess[..., 0] >= 0.5, sure, 1 - sure)
    # A right pixel is right by the margin, a wrong one is off by twice the logit.
    wanted = 2 * logit * (1 - float(iou(truth, guess)))
    assert float(lovasz_hinge(truth, guess)) == pytest.approx(wanted, rel=1e-5)


def test_the_hinge_matches_a_value_computed_by_hand(
    truth: Floats, guess: Floats
) -> None:
    # Computed by hand: the error of each wrong pixel, times the IoU that is lost when
    # this pixel is wrong in addition to the pixels with larger errors.
    odds = np.array([0.01, 4, 0.01, 100, 100, 0.5, 0.01, 0.01])
    guess[0, 0, :, 0] = odds / (1 + odds)
    errors = 1 + np.log([100, 4, 2])
    falls = np.array([1 / 4, 1 - 3 / 5 - 1 / 4, 1 - 2 / 5 - (1 - 3 / 5)])
    wanted = float(errors @ falls)
    assert float(lovasz_hinge(truth, guess)) == pytest.approx(wanted, rel=1e-4)


def test_a_pixel_of_weight_3_counts_as_three_pixels_in_the_hinge(
    truth: Floats, guess: Floats
) -> None:
    weights = np.array([1, 3, 1, 1, 2, 3, 1, 1])
    thrice = [np.repeat(plane, weights, axis=2) for plane in (truth, guess)]
    truth[0, 0, :, 2] = weights
    wanted = float(lovasz_hinge(*thrice))
    assert float(lovasz_hinge(truth, guess)) == pytest.approx(wanted, rel=1e-5)


def test_the_hinge_replaces_dice(truth: Floats, guess: Floats) -> None:
    other = {
        area_loss: float(nuclei_loss(truth, guess, area_loss=area_loss))
        for area_loss in AREA_LOSSES
    }
    dices, hinges = float(soft_dice(truth, guess)), float(lovasz_hinge(truth, guess))
    assert other["lovasz"] - other["dice"] == pytest.approx(hinges - dices, abs=1e-5)
