"""The model that a training begins from, found without loading its network."""

from __future__ import annotations

from pathlib import Path

import keras

from napari_nuclei.core.card import BASE_CHANNELS
from napari_nuclei.model.store import (
    KERAS_FILE,
    ModelEntry,
    find_model,
)


def find_base_model(base: str | Path) -> ModelEntry:
    """Find a model that training can begin from.

    Raises
    ------
    OSError
        If there is no such model.
    ValueError
        If it is not one of this package.
    """
    entry = find_model(base)
    if entry.card.channels[:2] != BASE_CHANNELS or entry.card.inputs != 3:
        raise ValueError(
            f"the model {entry.name} has the channels {entry.card.channels}; training "
            f"can begin from models of this package, with {BASE_CHANNELS}"
        )
    return entry


def load_base_model(base: str | Path) -> keras.Model:
    """Load the network that training begins from; errors as of `find_base_model`."""
    path = find_base_model(base).folder / KERAS_FILE
    return keras.models.load_model(path, compile=False)
