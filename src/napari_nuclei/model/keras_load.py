"""Load `.keras` files: the only place that calls Keras' `load_model`."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from napari_nuclei.model.hashes import check_hash, file_hash
from napari_nuclei.model.keras_config import check_safe
from napari_nuclei.model.keras_weights import check_weights
from napari_nuclei.model.quiet_tensorflow import keras
from napari_nuclei.model.store import BUNDLED

if TYPE_CHECKING:
    from napari_nuclei.core.card import ModelCard

MAX_PARAMETERS = 128 << 20
"""Largest number of weights of a network; as float32 they take 512 MiB."""


def load_keras_model(path: Path, card: ModelCard | None = None) -> keras.Model:
    """Load a `.keras` file after checking its hash, sizes, layers and weights.

    Parameters
    ----------
    path : Path
    card : ModelCard, optional
        Model card with the hash of the file.

    Raises
    ------
    OSError
        If the file cannot be read.
    ValueError
        If the file is damaged, too large, or has other than usual layers.
    """
    path = Path(path)
    if card is not None:
        check_hash(path, card, file_hash(path))
    check_safe(path)
    if path.parent.parent != BUNDLED:
        check_weights(path)
    return build_model(path)


def build_model(path: Path, shown: Path | None = None) -> keras.Model:
    """Build the network of a `.keras` file that was checked, with its weights.

    Raises ValueError if that fails or the network is too large. The message begins with
    `shown`, by default `path`.
    """
    try:
        with limit_parameters():
            return keras.models.load_model(path, compile=False, safe_mode=True)
    except Exception as error:  # Keras raises many kinds of errors
        lines = str(error).strip().splitlines() or [type(error).__name__]
        raise ValueError(f"{shown or path} cannot be loaded ({lines[0]})") from error


@contextmanager
def limit_parameters() -> Iterator[None]:
    """Raise ValueError if networks with too many weights are built.

    A layer requests its weights before it allocates them. A short configuration can
    request more than any memory.
    """
    request, total = keras.layers.Layer.add_weight, 0

    def add_weight(self: Any, shape: Any = None, *args: Any, **options: Any) -> Any:
        nonlocal total
        total += math.prod(shape or ())
        if total > MAX_PARAMETERS:
            raise ValueError(
                f"it has over {MAX_PARAMETERS >> 20} million weights, too many for a "
                "network that finds nuclei"
            )
        return request(self, shape, *args, **options)

    keras.layers.Layer.add_weight = add_weight
    try:
        yield
    finally:
        keras.layers.Layer.add_weight = request
