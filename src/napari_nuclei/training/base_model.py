"""Find and load the model that a training run starts from."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import keras

from napari_nuclei.config import ModelConfig
from napari_nuclei.config.outputs import REQUIRED_CHANNELS, trainable_channels
from napari_nuclei.model.keras_load import load_keras_model
from napari_nuclei.model.store import KERAS_FILE, ModelEntry, find_model
from napari_nuclei.model.unet import build_unet
from napari_nuclei.training.loop.freeze import encoder_layers


def find_base_model(base: str | Path) -> ModelEntry:
    """Find a model that training can start from, without loading its network.

    Parameters
    ----------
    base : str or path-like
        Name or folder of a model.

    Raises
    ------
    OSError
        If there is no such model.
    ValueError
        If its network is not one of this package.
    """
    entry = find_model(base)
    channels = entry.card.channels
    if channels not in trainable_channels() or entry.card.inputs != 3:
        raise ValueError(
            f"The model {entry.name} has {entry.card.inputs} inputs and the channels "
            f"{channels}; training can start from models of this package only, with 3 "
            f"inputs and {REQUIRED_CHANNELS}"
        )
    return entry


def load_base_model(base: str | Path) -> keras.Model:
    """Load the network that training starts from.

    See `find_base_model` for the parameter and the errors.
    """
    entry = find_base_model(base)
    return load_keras_model(entry.folder / KERAS_FILE, entry.card)


def encoder_settings(config: ModelConfig, encoder: ModelEntry | None) -> ModelConfig:
    """Return the settings of a new network that starts with a model's encoder.

    Parameters
    ----------
    config : ModelConfig
    encoder : ModelEntry, optional
        Its width replaces that of `config`.

    Raises
    ------
    ValueError
        If there is no model.
    """
    if encoder is None:
        raise ValueError(
            "encoder_only needs a model whose encoder is used; give one with base in "
            "Python or --from on the command line"
        )
    settings = encoder.card.training.get("settings", {}).get("model", {})
    return replace(
        config, alpha=settings.get("alpha", config.alpha), encoder_weights=None
    )


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
