"""Layers that a training leaves as its base has them."""

from __future__ import annotations

from typing import Any

import keras

from napari_nuclei.config import TrainConfig
from napari_nuclei.model.unet import BOTTOM


def freeze(model: keras.Model, config: TrainConfig) -> None:
    """Leave the layers of a network as they are that a configuration says."""
    layers = encoder_of(model) if config.encoder == "keep" else []
    if config.norms == "keep":
        norm = keras.layers.BatchNormalization
        layers += [layer for layer in model.layers if isinstance(layer, norm)]
    for layer in layers:
        layer.trainable = False


def thaw(model: keras.Model) -> None:
    """Let all layers learn again."""
    for layer in model.layers:
        layer.trainable = True


def encoder_of(model: keras.Model) -> list[Any]:
    """Return the layers through which the coarsest features come; none elsewhere."""
    if BOTTOM not in {layer.name for layer in model.layers}:
        return []
    return list(keras.Model(model.input, model.get_layer(BOTTOM).output).layers)
