"""Find and load the model that a training starts from."""

from __future__ import annotations

from pathlib import Path

import keras

from napari_nuclei.config.outputs import REQUIRED_CHANNELS, trainable_channels
from napari_nuclei.model.keras_load import load_keras_model
from napari_nuclei.model.store import KERAS_FILE, ModelEntry, find_model


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
