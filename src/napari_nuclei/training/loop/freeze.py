"""Freeze layers of a network during training."""

from __future__ import annotations

from typing import Any

import keras

from napari_nuclei.config import TrainConfig
from napari_nuclei.model.unet import BOTTLENECK_LAYER


def freeze(model: keras.Model, config: TrainConfig) -> None:
    """Freeze the layers that `config.encoder` and `config.batch_norm` keep."""
    layers = encoder_layers(model) if config.encoder == "keep" else []
    if config.batch_norm == "keep":
        kind = keras.layers.BatchNormalization
        layers += [layer for layer in model.layers if isinstance(layer, kind)]
    for layer in layers:
        layer.trainable = False


def unfreeze_layers(model: keras.Model) -> None:
    """Make all layers trainable."""
    for layer in model.layers:
        layer.trainable = True


def encoder_layers(model: keras.Model) -> list[Any]:
    """Return the layers up to the coarsest features; empty for other networks."""
    if BOTTLENECK_LAYER not in {layer.name for layer in model.layers}:
        return []
    return list(
        keras.Model(model.input, model.get_layer(BOTTLENECK_LAYER).output).layers
    )
