"""Find the model that a training run starts from, without loading TensorFlow."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from napari_nuclei.config import ModelConfig
from napari_nuclei.config.outputs import REQUIRED_CHANNELS, trainable_channels
from napari_nuclei.model.store import ModelEntry, find_model


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
