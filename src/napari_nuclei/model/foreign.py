"""Import `.keras` files that other programs wrote."""

from __future__ import annotations

import json
import shutil
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from napari_nuclei.config.outputs import IMPORTABLE_CHANNELS
from napari_nuclei.core.card import ModelCard
from napari_nuclei.model.store import KERAS_FILE, LITERT_FILE, write_card

UNSAFE_LAYERS = ("Lambda", "TorchModuleWrapper", "TFSMLayer", "JaxLayer", "FlaxLayer")
"""Layers of Keras that run code from the file."""

DEFAULT_PATCH_SIZE = 128
"""Side of the patches, in pixels, of a network that takes images of any size."""


def iter_serialized_objects(config: Any) -> Iterator[dict[str, Any]]:
    """Yield every serialized object in the configuration of a `.keras` file."""
    if isinstance(config, dict):
        if "class_name" in config:
            yield config
        for value in config.values():
            yield from iter_serialized_objects(value)
    elif isinstance(config, list):
        for value in config:
            yield from iter_serialized_objects(value)


def check_safe(path: Path) -> None:
    """Raise ValueError if a `.keras` file has layers that are not standard.

    The file is read as data. None of its code is run.
    """
    if not zipfile.is_zipfile(path):
        raise ValueError(f"{path} is not a .keras file (a zip made by model.save)")
    with zipfile.ZipFile(path) as archive:
        try:
            config = json.loads(archive.read("config.json"))
        except (KeyError, ValueError, zipfile.BadZipFile, zlib.error) as error:
            raise ValueError(f"{path} is a zip but not a .keras file") from error
    for item in iter_serialized_objects(config):
        name, module = item["class_name"], item.get("module")
        if name in UNSAFE_LAYERS:
            raise ValueError(
                f"{path} has a {name} layer, which runs custom code. It is not "
                "loaded; save the model with standard layers only"
            )
        standard = module is None or module in ("builtins", "keras")
        if not standard and not str(module).startswith("keras."):
            raise ValueError(
                f"{path} has the custom object {name}, which is not loaded. Save the "
                "model with standard layers only (and compile=False for a custom loss)"
            )
        if item.get("registered_name") not in (None, name) and ">" in str(
            item["registered_name"]
        ):
            raise ValueError(
                f"{path} has the custom object {name}, which is not loaded. Save the "
                "model with standard layers only"
            )


def import_keras(path: Path, folder: Path, name: str) -> None:
    """Write the files of a model from a `.keras` file.

    Parameters
    ----------
    path : Path
        A network that takes (N, Y, X, 3) or (N, Y, X, 1) with values from 0 to 1. It
        gives one of `IMPORTABLE_CHANNELS`: the foreground probability (N, Y, X, 1), or
        the foreground probability and the inner distance (N, Y, X, 2).
    folder : Path
        Folder for `model.keras`, `model.tflite` and `card.json`.
    name : str
        Name of the model.

    Raises
    ------
    ValueError
        If the file has custom code, or its input or output does not fit.
    """
    check_safe(path)
    import keras

    from napari_nuclei.model.convert import convert

    try:
        model = keras.models.load_model(path, compile=False, safe_mode=True)
    except Exception as error:  # Keras raises many kinds of errors
        line = str(error).strip().splitlines()[0]
        raise ValueError(f"{path} cannot be loaded ({line})") from error
    # A sequential model that was not built has no shapes.
    taken: Any = getattr(model, "input_shape", None)
    given: Any = getattr(model, "output_shape", None)
    single = isinstance(taken, tuple) and isinstance(given, tuple)
    if not single or len(taken) != 4 or taken[3] not in (1, 3) or taken[1] != taken[2]:
        raise ValueError(
            f"{path} must take square images of 3 or 1 channels, (None, 128, 128, 3); "
            f"it takes {taken}"
        )
    channels = {len(names): names for names in IMPORTABLE_CHANNELS}.get(given[-1])
    if len(given) != 4 or given[1:3] != taken[1:3] or channels is None:
        raise ValueError(
            f"{path} must give one channel of the size of its input, the foreground "
            f"probability, or two with the inner distance; it gives {given}"
        )
    side = taken[1] or DEFAULT_PATCH_SIZE
    trial = np.random.default_rng(0).random((1, side, side, taken[3]), np.float32)
    output = np.asarray(model(trial, training=False))
    if not (np.isfinite(output).all() and output.min() >= 0 and output.max() <= 1):
        raise ValueError(
            f"{path} must give probabilities from 0 to 1 (a sigmoid at its end); it "
            f"gave values from {output.min():.3g} to {output.max():.3g}"
        )
    if len(channels) == 2 and np.allclose(output.sum(axis=-1), 1, atol=1e-3):
        raise ValueError(
            f"{path} gives two channels that add up to 1 (a softmax over background "
            "and foreground); it must give one channel, the foreground probability, "
            "or two with the inner distance"
        )
    convert(model, folder / LITERT_FILE, patch_size=side, inputs=taken[3])
    shutil.copyfile(path, folder / KERAS_FILE)
    card = ModelCard(
        name=name,
        description=f"Imported from {path.name}.",
        channels=channels,
        inputs=taken[3],
        patch_size=side,
        any_size=False,
    )
    write_card(folder, card)
