from __future__ import annotations

import keras
import numpy as np
import pytest

from napari_nuclei.config import ModelConfig
from napari_nuclei.model.unet import build_unet
from napari_nuclei.training.loop.fused_batch_norm import (
    FusedBatchNormalization,
    fuse_batch_norm,
)


@pytest.fixture(scope="module")
def model() -> keras.Model:
    keras.utils.set_random_seed(0)
    return build_unet(ModelConfig(alpha=0.35, decoder=(16, 16, 8, 8), stem=4))


def test_every_batch_normalisation_is_fused(model: keras.Model) -> None:
    layer_types = {
        type(layer)
        for layer in fuse_batch_norm(model).layers
        if isinstance(layer, keras.layers.BatchNormalization)
    }
    assert layer_types == {FusedBatchNormalization}


def test_weights_are_transferred_in_both_directions(model: keras.Model) -> None:
    fused = fuse_batch_norm(model)
    assert [w.path for w in fused.weights] == [w.path for w in model.weights]
    for one, two in zip(model.get_weights(), fused.get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)


@pytest.mark.parametrize("training", [False, True])
def test_a_fused_copy_has_the_output_of_its_model(
    model: keras.Model, training: bool, rng: np.random.Generator
) -> None:
    fused = fuse_batch_norm(model)
    images = rng.random((4, 64, 64, 3), np.float32)
    before = model.get_weights()
    expected = np.asarray(model(images, training=training))
    after = model.get_weights()
    model.set_weights(before)
    found = np.asarray(fused(images, training=training))
    np.testing.assert_allclose(found, expected, atol=1e-4)
    for one, two in zip(after, fused.get_weights(), strict=True):
        # The kernel uses the sample variance, larger by n / (n - 1).
        np.testing.assert_allclose(one, two, rtol=0.02, atol=1e-5)


def test_a_frozen_layer_keeps_its_statistics(rng: np.random.Generator) -> None:
    image = keras.Input((8, 8, 2))
    model = keras.Model(image, keras.layers.BatchNormalization(name="norm")(image))
    model.get_layer("norm").trainable = False
    fused = fuse_batch_norm(model)
    before = fused.get_weights()
    fused(rng.random((2, 8, 8, 2), np.float32), training=True)
    for one, two in zip(before, fused.get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)
