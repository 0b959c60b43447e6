from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from napari_nuclei.config import SegmentConfig
from napari_nuclei.core.card import ModelCard
from napari_nuclei.core.segmenter import Segmenter
from napari_nuclei.data.datasets import Sample
from napari_nuclei.evaluation.held_out import config_for_sample, evaluate_model


@pytest.fixture
def sample(discs) -> Sample:
    labels = discs((90, 110), [(20, 20, 8), (50, 70, 10), (75, 30, 6)])
    return Sample("discs", np.where(labels > 0, 200, 0).astype(np.uint8), labels)


def test_models_are_scored_at_the_diameter_of_the_painted_nuclei(
    sample: Sample,
) -> None:
    shapes: list[tuple[int, ...]] = []

    def network(tiles: np.ndarray) -> np.ndarray:
        shapes.append(tiles.shape)
        return np.zeros((*tiles.shape[:3], 2), np.float32)

    segmenter = Segmenter(network, ModelCard("discs", diameter=96.0, patch_size=32))
    found = evaluate_model(segmenter, [sample], 50.0)
    # Discs of about 20 pixels are enlarged for a model of 96; no diameter is estimated.
    assert float(config_for_sample(sample, 50.0).diameter) == pytest.approx(20, abs=2)
    assert len(shapes) == 1
    assert found.labels[0].shape == sample.labels.shape
    assert (found.name, found.nuclei, found.f1) == ("discs", 3, 0.0)


def test_without_nuclei_the_typical_diameter_is_used_if_given(sample: Sample) -> None:
    blank = replace(sample, labels=np.zeros_like(sample.labels))
    assert config_for_sample(blank, 50.0).diameter == 50.0
    assert config_for_sample(sample, None) == SegmentConfig()
