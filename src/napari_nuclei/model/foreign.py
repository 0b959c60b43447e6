"""Import `.keras` files that other programs wrote.

The file is copied, checked as data, and built and converted in a child process.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from napari_nuclei.core.card import ModelCard
from napari_nuclei.io.optional_packages import require_tensorflow
from napari_nuclei.model.child_task import ChildTaskError, run_in_child_process
from napari_nuclei.model.keras_config import check_safe
from napari_nuclei.model.litert_check import check_network_file
from napari_nuclei.model.output_names import (
    named_channels,
    recognise_channels,
    select_channels,
    usable_channels,
)
from napari_nuclei.model.store import KERAS_FILE, LITERT_FILE, write_card

DEFAULT_PATCH_SIZE = 128
"""Side of the patches, in pixels, of a network that takes images of any size."""

MAX_PATCH_SIZE = 2048
"""Largest side of the patches, in pixels."""

MAX_LAYER_VALUES = 1 << 28
"""Largest number of values that a layer may give for one patch."""

CONVERSION_TIMEOUT = 240.0
"""Seconds to load TensorFlow, and to build, run and convert a network."""

CONVERSION_MEMORY = 6 << 30
"""Memory for that, in bytes. TensorFlow alone requests over 1 GB."""


def import_keras(
    path: Path, folder: Path, name: str, outputs: Sequence[str] | None = None
) -> None:
    """Write the files of a model from a `.keras` file.

    Parameters
    ----------
    path : Path
        A network that takes (N, Y, X, 3) or (N, Y, X, 1) with values from 0 to 1. It
        gives the foreground probability (N, Y, X, 1), a softmax over background and
        foreground, or channels that its file or `outputs` names.
    folder : Path
        Folder for `model.keras`, `model.tflite` and `card.json`.
    name : str
        Name of the model.
    outputs : sequence of str, optional
        Names of the output channels, in order; see `recognise_channels`.

    Raises
    ------
    ModuleNotFoundError
        If TensorFlow is not installed.
    OSError
        If files cannot be read or written.
    ValueError
        If the file has custom code, is damaged, or its input or output does not fit.
    """
    require_tensorflow()
    # The copy is checked and loaded, in case the file changes meanwhile.
    copy, network = folder / KERAS_FILE, folder / LITERT_FILE
    check_safe(path)
    shutil.copyfile(path, copy)
    check_safe(copy, path)
    arguments = {
        "path": str(copy.absolute()),
        "target": str(network.absolute()),
        "outputs": list(outputs or ()),
    }
    try:
        facts = run_in_child_process(
            "convert_keras",
            arguments,
            timeout=CONVERSION_TIMEOUT,
            memory=CONVERSION_MEMORY,
        )
    except ChildTaskError as error:
        raise ValueError(f"{path} {error}") from error
    card = ModelCard(
        name=name,
        description=describe_import(path, facts["names"]),
        channels=tuple(facts["channels"]),
        inputs=facts["inputs"],
        patch_size=facts["patch_size"],
        any_size=facts["any_size"],
    )
    write_card(folder, card)
    check_network_file(network, card)


def describe_import(path: Path, names: Sequence[str]) -> str:
    """Return the description of an imported model, with its output channels.

    Examples
    --------
    >>> describe_import(Path("a.keras"), ["foreground"])
    'Imported from a.keras.'
    >>> describe_import(Path("a.keras"), ["background", "foreground"])
    'Imported from a.keras; its outputs are background, foreground.'
    """
    outputs = f"; its outputs are {', '.join(names)}" if len(names) > 1 else ""
    return f"Imported from {path.name}{outputs}."


def convert_keras(
    path: str, target: str, outputs: Sequence[str] = ()
) -> dict[str, Any]:
    """Build a `.keras` file, and write it as `.tflite`; called in a child process.

    Parameters
    ----------
    path, target : str
        The `.keras` file, which `check_safe` has accepted, and the file to write. If
        only some of the channels are used, the `.keras` file is replaced.
    outputs : sequence of str
        Names of the output channels; empty recognises them.

    Returns
    -------
    dict
        The fields `channels`, `inputs`, `patch_size` and `any_size` of the model card,
        and the `names` of all output channels of the file.

    Raises
    ------
    ValueError
        If the network does not fit. The message continues a sentence that begins with
        the name of the file.
    """
    from napari_nuclei.model.keras_weights import read_weights

    read_weights(path)
    # TensorFlow takes seconds to load.
    from napari_nuclei.model.convert import convert, save_inference_model
    from napari_nuclei.model.keras_load import build_model

    try:
        model = build_model(Path(path))
    except ValueError as error:
        raise ValueError(str(error).removeprefix(f"{path} ")) from error
    side, inputs = check_shapes(model)
    trial = np.random.default_rng(0).random((1, side, side, inputs), np.float32)
    output = np.asarray(model(trial, training=False))
    if not (np.isfinite(output).all() and output.min() >= 0 and output.max() <= 1):
        raise ValueError(
            "must give probabilities from 0 to 1 (a sigmoid at its end); it gave "
            f"values from {output.min():.3g} to {output.max():.3g}"
        )
    names = recognise_channels(model, side, inputs, outputs)
    selected = select_channels(model, names)
    if selected is not model:
        save_inference_model(selected, Path(path))
    convert(selected, Path(target), patch_size=side, inputs=inputs)
    return {
        "names": names,
        "channels": usable_channels(names),
        "inputs": inputs,
        "patch_size": side,
        # The networks of this package take any size; of others it is not known.
        "any_size": model.input_shape[1] is None and named_channels(model) is not None,
    }


def check_shapes(model: Any) -> tuple[int, int]:
    """Check the shapes of a network's input, output and layers.

    Returns
    -------
    side : int
        Side of the patches, in pixels.
    inputs : int
        Number of input channels.

    Raises
    ------
    ValueError
        If the shapes do not fit.
    """
    # A sequential model that was not built has no shapes.
    taken: Any = getattr(model, "input_shape", None)
    output_shape: Any = getattr(model, "output_shape", None)
    single = isinstance(taken, tuple) and isinstance(output_shape, tuple)
    if not single or len(taken) != 4 or taken[3] not in (1, 3) or taken[1] != taken[2]:
        raise ValueError(
            "must take square images of 3 or 1 channels, (None, 128, 128, 3); it takes "
            f"{taken}"
        )
    if len(output_shape) != 4 or output_shape[1:3] != taken[1:3]:
        raise ValueError(
            "must give one channel of the size of its input, the foreground "
            f"probability, or channels with names; it gives {output_shape}"
        )
    side = taken[1] or DEFAULT_PATCH_SIZE
    if side > MAX_PATCH_SIZE:
        raise ValueError(
            f"must take images of at most {MAX_PATCH_SIZE} px a side; it takes {side}"
        )
    for layer in model.layers:
        outputs = layer.output if isinstance(layer.output, list) else [layer.output]
        for output in outputs:
            values = np.prod([float(size or side) for size in output.shape[1:]])
            if values > MAX_LAYER_VALUES:
                raise ValueError(
                    f"has a layer {layer.name!r:.60} that gives {values:.2g} values "
                    f"for a patch of {side}x{side} px, too many for a network that "
                    "finds nuclei"
                )
    return side, taken[3]
