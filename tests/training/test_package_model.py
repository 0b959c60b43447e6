from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from napari_nuclei.config import SegmentConfig
from napari_nuclei.core.card import ModelCard
from napari_nuclei.core.segmenter import Segmenter
from napari_nuclei.data.datasets import Sample
from napari_nuclei.evaluation.held_out import config_for_sample, evaluate_model


def test_models_are_judged_at_the_size_of_the_painted_nuclei(sample: Sample) -> None:
    seen: list[tuple[int, ...]] = []

    def network(tiles: np.ndarray) -> np.ndarray:
        seen.append(tiles.shape)
        return np.zeros((*tiles.shape[:3], 2), np.float32)

    segmenter = Segmenter(network, ModelCard("discs", diameter=96.0, patch_size=32))
    found = evaluate_model(segmenter, [sample], 50.0)
    # Discs of about 20 pixels are enlarged for a model of 96; nothing is measured.
    assert float(config_for_sample(sample, 50.0).diameter) == pytest.approx(20, abs=2)
    assert len(seen) == 1
    assert found.labels[0].shape == sample.labels.shape
    assert (found.name, found.nuclei, found.f1) == ("discs", 3, 0.0)


def test_where_no_nucleus_is_the_usual_size_counts_or_none(sample: Sample) -> None:
    blank = replace(sample, labels=np.zeros_like(sample.labels))
    assert config_for_sample(blank, 50.0).diameter == 50.0
    assert config_for_sample(sample, None) == SegmentConfig()
