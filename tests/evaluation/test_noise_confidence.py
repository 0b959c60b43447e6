from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from napari_nuclei import load_segmenter
from napari_nuclei.core.card import ModelCard
from napari_nuclei.core.segmenter import Segmenter
from napari_nuclei.evaluation.noise_confidence import (
    GRAINS,
    measure_noise_confidence,
    noise_field,
    nucleus_confidence,
)


def test_the_bundled_model_is_measured_near_its_card() -> None:
    segmenter = load_segmenter("nuclei-fast")
    stored = segmenter.card.noise_confidence
    assert stored is not None
    assert measure_noise_confidence(segmenter) == pytest.approx(stored, abs=0.03)


@pytest.mark.parametrize(
    ("output", "confidence"), [(0.0, 0.5), (0.7, 0.71), (1.0, 1.0)]
)
def test_the_limit_is_above_the_confidence_in_noise(
    output: float, confidence: float
) -> None:
    """The network calls the brighter half of all pixels nuclei."""

    def network(tiles: NDArray[np.float32]) -> NDArray[np.float32]:
        bright = output * (tiles[..., :1] > 0.5)
        return np.repeat(bright.astype(np.float32), 2, axis=-1)

    segmenter = Segmenter(network, ModelCard("noise", diameter=20.0, min_size=1.0))
    assert measure_noise_confidence(segmenter) == pytest.approx(confidence, abs=0.02)


def test_noise_depends_on_grain_and_seed_only() -> None:
    fields = [noise_field(grain, 0) for grain in GRAINS]
    slopes = [np.abs(np.diff(field)).mean() / field.std() for field in fields]
    assert slopes == sorted(slopes, reverse=True)
    np.testing.assert_array_equal(fields[2], noise_field(GRAINS[2], 0))
    assert not np.array_equal(fields[2], noise_field(GRAINS[2], 1))


def test_the_confidence_of_a_nucleus_is_its_mean_probability() -> None:
    labels = np.array([[1, 1, 0], [0, 3, 0]], np.int32)
    foreground = np.array([[0.5, 1.0, 0.9], [0.0, 0.25, 0.9]], np.float32)
    assert nucleus_confidence(labels, foreground).tolist() == [0.75, 0.25]
