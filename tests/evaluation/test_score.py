from __future__ import annotations

import numpy as np
import pytest

from napari_nuclei.core.errors import ImageWarning
from napari_nuclei.evaluation.evaluate import evaluate_samples
from napari_nuclei.evaluation.score import score
from napari_nuclei.evaluation.score_table import SCORE_TITLES


def test_perfect_labels_score_1_whatever_their_numbers(discs) -> None:
    truth = discs((60, 80), [(20, 20, 8), (40, 55, 10)])
    found = score(truth, np.where(truth == 1, 9, truth).astype(np.uint16))
    assert set(found.metrics) == set(SCORE_TITLES)
    assert set(found.metrics.values()) == {1.0}


def test_scores_are_those_of_an_evaluation(segment, samples) -> None:
    sample = samples[1]
    labels, _ = segment(sample.image)
    assert (
        score(sample.labels, labels).metrics
        == evaluate_samples(segment, [sample]).summary()["pooled"]
    )


def test_a_volume_is_matched_in_3d() -> None:
    truth = np.zeros((4, 10, 10), np.int32)
    truth[:, 2:5, 2:5] = 1
    by_plane = truth * np.arange(1, 5)[:, np.newaxis, np.newaxis]
    assert score(truth, truth).metrics["f1_50"] == 1
    assert score(truth, by_plane).metrics["f1_50"] == 0


def test_the_result_is_printed_as_a_table_without_calibration() -> None:
    labels = np.eye(8, dtype=np.int32)
    text = str(score(labels, labels))
    assert "1 image, 1 nucleus, 1 predicted" in text
    assert "AP at IoU 0.50" in text
    assert "calibration" not in text


@pytest.mark.parametrize("scale", [True, 255, 1.0], ids=["bool", "0/255", "float"])
def test_binary_masks_are_numbered_and_said(discs, scale) -> None:
    labels = discs((60, 80), [(20, 20, 8), (40, 55, 10), (40, 36, 10)])
    with pytest.warns(ImageWarning, match="truth is a binary mask: 2 nuclei by conn"):
        found = score((labels > 0) * scale, labels)
    assert found.metrics["precision_50"] < 1
    assert "1 part looks like about 2 touching nuclei" in found.table()


@pytest.mark.parametrize(
    ("truth", "labels", "error", "message"),
    [
        (np.eye(3) * 3j, np.zeros((3, 3), int), ValueError, "truth: .*complex128"),
        (
            np.zeros((3, 3), int),
            np.eye(3) * [1, 2.5, 3],
            ValueError,
            r"labels: .* 2\.5",
        ),
        (np.zeros((3, 3), int), np.zeros((3, 4), int), ValueError, "the same shape"),
        (np.zeros((3, 3), int), np.full((3, 3), -1), ValueError, r"must not .*negat"),
    ],
    ids=["complex", "floats", "shapes", "negative"],
)
def test_arrays_that_are_not_labels_are_refused(truth, labels, error, message) -> None:
    with pytest.raises(error, match=message):
        score(truth, labels)
