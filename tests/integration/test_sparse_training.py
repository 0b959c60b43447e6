"""Compare ignoring unpainted pixels with taking them as background."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import layers

from napari_nuclei.config import AugmentConfig, SegmentConfig, TrainConfig
from napari_nuclei.core.card import ModelCard
from napari_nuclei.core.matching import count_objects
from napari_nuclei.core.segmenter import Segmenter
from napari_nuclei.core.synthetic import synthetic_nuclei
from napari_nuclei.data.annotated_mask import ignore_unpainted
from napari_nuclei.data.datasets import Sample
from napari_nuclei.training.loop.fit import fit
from napari_nuclei.training.sampling.pyramid import build_pyramid
from napari_nuclei.training.sampling.validation_patches import build_validation_patches

DIAMETER = 14.0
PAINTED_FRACTION = 0.3
CONFIG = TrainConfig(
    epochs=1,
    steps=150,
    batch=4,
    patch_size=96,
    learning_rate=1e-2,
    ema=0.9,
    diameter=DIAMETER,
    augment=AugmentConfig.none(),
)


def scene(seed: int) -> Sample:
    image, labels = synthetic_nuclei(
        (256, 256), diameter=DIAMETER, touching=0.2, noise=0.5, seed=seed
    )
    return Sample(f"made {seed}", image, labels)


def paint_some(sample: Sample, rng: np.random.Generator) -> Sample:
    numbers = np.unique(sample.labels)[1:]
    painted = rng.choice(numbers, round(PAINTED_FRACTION * len(numbers)), replace=False)
    labels = np.where(np.isin(sample.labels, painted), sample.labels, 0)
    return replace(sample, labels=labels.astype(np.int32))


def tiny_network() -> keras.Model:
    """Return three convolutions that see 15 pixels; they learn in seconds."""
    keras.utils.set_random_seed(0)
    inputs = x = layers.Input((None, None, 3))
    for rate in (1, 2, 4):
        x = layers.Conv2D(12, 3, dilation_rate=rate, padding="same", activation="relu")(
            x
        )
    return keras.Model(inputs, layers.Conv2D(2, 1, activation="sigmoid")(x))


def f1_after_training(samples: list[Sample], truth: Sample, folder: Path) -> float:
    model = tiny_network()
    patches = build_validation_patches([build_pyramid(samples[0], levels=1)], CONFIG)
    fit(model, [build_pyramid(sample) for sample in samples], patches, CONFIG, folder)

    def network(tiles: np.ndarray) -> np.ndarray:
        return np.asarray(model(tiles, training=False))

    segmenter = Segmenter(network, ModelCard("tiny", diameter=DIAMETER))
    native = SegmentConfig(diameter="native")
    found = segmenter.segment(truth.image, config=native)
    (counts,) = count_objects(truth.labels, found, [0.5])
    return counts.scores().f1


@pytest.mark.slow
def test_with_a_third_painted_ignoring_the_rest_trains_better(
    rng: np.random.Generator, tmp_path: Path
) -> None:
    some = [paint_some(scene(seed), rng) for seed in (0, 1)]
    truth = scene(7)
    ignored = [ignore_unpainted(sample) for sample in some]
    better = f1_after_training(ignored, truth, tmp_path / "ignored")
    worse = f1_after_training(some, truth, tmp_path / "background")
    assert better > 0.8
    assert better > worse + 0.1
