from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from napari_nuclei.config.outputs import REQUIRED_CHANNELS
from napari_nuclei.core.card import ModelCard
from napari_nuclei.core.confidence import ConfidenceCurve
from napari_nuclei.core.maps import OutputMaps
from napari_nuclei.core.segmenter import Segmenter
from napari_nuclei.data.datasets import Sample
from napari_nuclei.evaluation.confidence_fit import (
    ImageNuclei,
    calibrate,
    fit_count_ranges,
    fit_curve,
)

TRUE_CURVE = ConfidenceCurve(-2.0, 1.5)


def no_network(tiles: NDArray[np.float32]) -> NDArray[np.float32]:
    raise AssertionError("the maps are there already")


def nuclei_of(seed: int, kind: str = "grey", count: int = 80) -> ImageNuclei:
    """Return nuclei that are right with the probability of `TRUE_CURVE`."""
    rng = np.random.default_rng(seed)
    means = rng.uniform(0.4, 0.98, count)
    right = rng.random(count) < TRUE_CURVE.confidence(means)
    return ImageNuclei(kind, means, right, count)


def test_the_curve_is_found_from_right_and_wrong_nuclei() -> None:
    curve = fit_curve([nuclei_of(seed) for seed in range(20)])
    assert curve is not None
    for mean in (0.5, 0.7, 0.9):
        expected = TRUE_CURVE.confidence(mean)
        assert curve.confidence(mean) == pytest.approx(expected, abs=0.05)


def test_there_is_no_curve_for_few_images_or_without_wrong_nuclei() -> None:
    assert fit_curve([nuclei_of(seed) for seed in range(7)]) is None
    perfect = [replace(nuclei_of(seed), right=np.ones(80, bool)) for seed in range(20)]
    assert fit_curve(perfect) is None


@pytest.fixture
def validation() -> tuple[list[OutputMaps], list[Sample]]:
    """Return 10 images with 16 nuclei each; the faint half is not annotated."""
    rng = np.random.default_rng(0)
    maps, samples = [], []
    for number in range(10):
        labels = np.zeros((96, 96), np.int32)
        foreground = np.zeros((96, 96), np.float32)
        for nucleus in range(16):
            y, x = 24 * (nucleus // 4) + 6, 24 * (nucleus % 4) + 6
            is_right = nucleus % 2
            mean = rng.normal(0.85 if is_right else 0.65, 0.08)
            foreground[y : y + 12, x : x + 12] = np.clip(mean, 0.55, 0.98)
            labels[y : y + 12, x : x + 12] = is_right * (nucleus + 1)
        channels = np.stack([foreground, (foreground > 0).astype(np.float32)])
        maps.append(OutputMaps(channels, (96, 96), 1.0, REQUIRED_CHANNELS))
        samples.append(Sample(str(number), (labels * 9).astype(np.uint8), labels))
    return maps, samples


def test_a_model_is_calibrated_for_the_kind_of_its_images(
    validation: tuple[list[OutputMaps], list[Sample]],
) -> None:
    maps, samples = validation
    card = calibrate(Segmenter(no_network, ModelCard("any")), maps, samples)
    assert list(card.confidence) == ["grey"]
    low, high = card.confidence["grey"].confidence([0.62, 0.9])
    assert low < 0.3 < 0.7 < high


def test_most_annotated_numbers_lie_in_the_range(
    validation: tuple[list[OutputMaps], list[Sample]],
) -> None:
    maps, samples = validation
    card = calibrate(
        Segmenter(no_network, ModelCard("any", min_confidence=0.5)), maps, samples
    )
    card = fit_count_ranges(Segmenter(no_network, card), maps, samples)
    segmenter, curve = Segmenter(no_network, card), card.confidence["grey"]
    inside = []
    for one in maps:
        found = segmenter.label(replace(one, curve=curve))
        assert 4 < len(found.confidence) < 12
        low, high = curve.count_range(found.confidence)
        inside.append(low <= 8 <= high)
    assert np.mean(inside) >= 0.9
