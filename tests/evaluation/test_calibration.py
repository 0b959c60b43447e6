from __future__ import annotations

import numpy as np
import pytest

from napari_nuclei.evaluation.calibration import (
    BINS,
    bin_predictions,
    nucleus_reliability,
    pixel_reliability,
)


def test_calibrated_probabilities_have_no_error(
    rng: np.random.Generator,
) -> None:
    confidence = rng.random(100_000, np.float32)
    assert (
        bin_predictions(confidence, rng.random(confidence.size) < confidence).error
        < 0.01
    )


def test_the_error_is_the_mean_gap() -> None:
    confidence = np.array([0.95, 0.95, 0.95, 0.95, 0.05], np.float32)
    correct = np.array([True, True, False, False, False])
    assert bin_predictions(confidence, correct).error == pytest.approx(
        (4 * 0.45 + 0.05) / 5
    )


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_both_ends_have_a_bin(value: float) -> None:
    found = bin_predictions(np.array([value], np.float32), np.array([True]))
    assert found.count.tolist() == np.eye(BINS)[0 if value == 0 else -1].tolist()


def test_parts_add_up_to_the_whole(rng: np.random.Generator) -> None:
    confidence, correct = rng.random(50, np.float32), rng.random(50) < 0.5
    whole = bin_predictions(confidence, correct)
    parts = bin_predictions(confidence[:20], correct[:20]) + bin_predictions(
        confidence[20:], correct[20:]
    )
    np.testing.assert_allclose(parts.correct, whole.correct)
    assert parts.error == pytest.approx(whole.error)


def test_pixels_are_correct_inside_annotated_nuclei() -> None:
    truth = np.array([[0, 0, 7, 7]], np.int32)
    found = pixel_reliability(truth, np.array([[0.1, 0.9, 0.9, 0.2]], np.float32))
    assert found.count[[1, 2, 9]].tolist() == [1, 1, 2]
    assert found.correct[[1, 2, 9]].tolist() == [0, 1, 1]


def test_predicted_nuclei_are_correct_if_they_match_an_annotated_one() -> None:
    truth = np.array([[1, 1, 1, 0, 0, 0]], np.int32)
    labels = np.array([[5, 5, 0, 0, 9, 9]], np.int32)
    foreground = np.array([[0.9, 0.8, 0, 0, 0.3, 0.4]], np.float32)
    found = nucleus_reliability(truth, labels, foreground)
    assert found.count.sum() == 2
    assert found.correct.sum() == found.correct[8] == 1
    assert found.confidence[3] == pytest.approx(0.35)


def test_without_nuclei_all_bins_are_empty() -> None:
    nothing = np.zeros((3, 3), np.int32)
    found = nucleus_reliability(nothing, nothing, np.zeros((3, 3), np.float32))
    assert found.count.sum() == found.error == 0
