from __future__ import annotations

import numpy as np
import pytest

from napari_nuclei.core.quality.noise_level import ROUNDING_NOISE, measure_noise


def test_noise_is_measured_despite_nuclei(scene) -> None:
    _, labels = scene
    noise = np.random.default_rng(0).normal(0, 3, labels.shape)
    values = (500.0 * (labels > 0) + noise).astype(np.float32)
    assert measure_noise(values) == pytest.approx(3, rel=0.1)


def test_rounding_counts_as_noise_but_not_in_an_image_of_two_values() -> None:
    steps = np.repeat(np.arange(4, dtype=np.float32), 40)[np.newaxis].repeat(40, 0)
    assert measure_noise(5 * steps) == pytest.approx(5 * ROUNDING_NOISE)
    assert measure_noise(5 * (steps > 1).astype(np.float32)) < 1e-6
    assert measure_noise(np.zeros((1, 1), np.float32)) > 0
