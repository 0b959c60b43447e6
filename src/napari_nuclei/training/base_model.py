"""Load the model that a training run starts from."""

from __future__ import annotations

from pathlib import Path

import keras

from napari_nuclei.config import ModelConfig
from napari_nuclei.model.keras_load import load_keras_model
from napari_nuclei.model.store import KERAS_FILE, ModelEntry
from napari_nuclei.model.unet import build_unet
from napari_nuclei.training.find_base import find_base_model
from napari_nuclei.training.loop.freeze import encoder_layers


def load_base_model(base: str | Path) -> keras.Model:
    """Load the network that training starts from.

    See `find_base_model` for the parameter and the errors.
    """
    entry = find_base_model(base)
    return load_keras_model(entry.folder / KERAS_FILE, entry.card)


def build_with_encoder(config: ModelConfig, encoder: ModelEntry) -> keras.Model:
    """Build a network whose encoder has the weights of a model's encoder.

    Raises
    ------
    ValueError
        If the encoder of the model has other layers or another width.
    """
    model = build_unet(config)
    source = load_base_model(encoder.folder)
    saved_weights = {
        layer.name: layer.get_weights() for layer in encoder_layers(source)
    }
    for layer in encoder_layers(model):
        weights, new_weights = saved_weights.get(layer.name, []), layer.get_weights()
        if [w.shape for w in weights] != [w.shape for w in new_weights]:
            raise ValueError(
                f"The encoder of the model {encoder.name} has another width than "
                f"{config.alpha:g} or other layers; choose another model or alpha"
            )
        layer.set_weights(weights)
    return model
