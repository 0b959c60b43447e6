"""Write a model as a package of bioimage.io (specification 0.5).

The package holds the network as an ONNX file, an input and the output for it,
by which other programs test that they run the network correctly, a picture, a text, the
Keras file and the model card. See https://bioimage.io.
"""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.normalize import HIGH_PERCENTILE, LOW_PERCENTILE
from napari_nuclei.core.overlay import draw_overlay
from napari_nuclei.core.synthetic import synthetic_nuclei
from napari_nuclei.io.origin import SIGNATURE
from napari_nuclei.io.png import encode_png
from napari_nuclei.model.exports.onnx_file import (
    INPUT,
    OPSET,
    OUTPUT,
    encode_onnx,
    predict_maps,
)
from napari_nuclei.model.load import load_segmenter
from napari_nuclei.model.quiet_tensorflow import keras
from napari_nuclei.model.store import CARD_FILE, KERAS_FILE, ModelEntry, card_text

if TYPE_CHECKING:
    from napari_nuclei.core.card import ModelCard

SPECIFICATION = "0.5.12"
"""Version of bioimage.io's specification of models that is written."""

DESCRIPTION_FILE = "bioimageio.yaml"
"""File with the description of the package."""

REPOSITORY = "https://github.com/napari-nuclei/napari-nuclei"

SPACE_AXES = ("y", "x")
"""Axes of a plane."""

TEST_SIDE = 256
"""Side of the test image of networks that take all sizes, in pixels."""

EPSILON = 1e-6
"""Added to the range of values before an image is divided by it."""

TOLERANCE = 1e-3
"""Accepted difference of a program's output from the test output."""

README = """# {name}

{description}

A U-Net that finds cell nuclei, exported by {signature} ({repository}). For each pixel
it gives {channels}: `foreground` is the probability that the pixel lies in a nucleus,
`distance` the depth of the pixel in its nucleus, 0 to 1. An offset of d pixels to the
centre of the nucleus is stored as 0.5 + d / 64. napari-nuclei makes instances of these
channels.

Nuclei should be about {diameter:g} pixels across; resize other images first.

## Validation

Compare instances with annotated ones: `napari-nuclei evaluate my-data/ --model {name}`.
The model card (`card.json`) has the scores on the validation images of the training.

The test input is a synthetic image.
"""


def encode_package(entry: ModelEntry, model: keras.Model) -> bytes:
    """Return a model as the bytes of a package of bioimage.io.

    Parameters
    ----------
    entry : ModelEntry
    model : keras.Model
        The network of the model.

    Raises
    ------
    ModuleNotFoundError
        If a package that writes ONNX is not installed.
    OSError
        If a file of the model cannot be read.
    ValueError
        If the network cannot be converted or does not run.
    """
    card = entry.card
    image, labels, raw = make_test_image(entry)
    maps = predict_maps(model, scale_as_described(raw))
    files = {
        KERAS_FILE: (entry.folder / KERAS_FILE).read_bytes(),
        "model.onnx": encode_onnx(model, card),
        "test_input.npy": encode_array(raw),
        "test_output.npy": encode_array(maps),
        "cover.png": encode_png(draw_overlay(image, labels)),
        "README.md": describe_model(card).encode(),
        CARD_FILE: card_text(card).encode(),
    }
    hashes = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(DESCRIPTION_FILE, to_yaml(describe_package(card, hashes)))
        for name, data in files.items():
            archive.writestr(name, data)
    return content.getvalue()


def make_test_image(
    entry: ModelEntry,
) -> tuple[NDArray[Any], NDArray[np.int32], NDArray[np.float32]]:
    """Return a synthetic image, its nuclei, and the image as the package's input.

    Images of users are not used, since packages are published.

    Returns
    -------
    image : ndarray of shape (Y, X)
    labels : ndarray of int32, shape (Y, X)
        Nuclei that the model finds.
    raw : ndarray of float32, shape (1, Y, X, inputs)
    """
    card = entry.card
    side = TEST_SIDE if card.any_size else card.patch_size
    image, _ = synthetic_nuclei((side, side), diameter=card.diameter, seed=0)
    labels = load_segmenter(entry.folder).segment(image, diameter="native")
    raw = np.repeat(image.astype(np.float32)[None, ..., None], card.inputs, axis=-1)
    return image, labels, raw


def scale_as_described(raw: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the input of the network, as the description says how to make it."""
    low, high = np.percentile(raw, (LOW_PERCENTILE, HIGH_PERCENTILE))
    scaled = (raw - low) / (high - low + EPSILON)
    return np.asarray(np.clip(scaled, 0, 1), np.float32)


def encode_array(values: NDArray[Any]) -> bytes:
    """Return an array as the bytes of a `.npy` file."""
    content = io.BytesIO()
    np.save(content, values)
    return content.getvalue()


def describe_model(card: ModelCard) -> str:
    """Return the text of a package."""
    return README.format(
        name=card.name,
        description=card.description or "A model of napari-nuclei.",
        signature=SIGNATURE,
        repository=REPOSITORY,
        channels=", ".join(f"`{channel}`" for channel in card.channels),
        diameter=card.diameter,
    )


def describe_package(card: ModelCard, hashes: dict[str, str]) -> dict[str, Any]:
    """Return the description of a package.

    Parameters
    ----------
    card : ModelCard
    hashes : dict of str to str
        SHA-256 hash of each file, by its name.
    """

    def file(name: str, **others: Any) -> dict[str, Any]:
        return {"source": name, "sha256": hashes[name], **others}

    description: dict[str, Any] = {
        "format_version": SPECIFICATION,
        "type": "model",
        "name": re.sub(r"[^A-Za-z0-9_ ()-]", "-", f"napari-nuclei {card.name}"),
        "description": (card.description or "Finds cell nuclei.")[:1000],
        "authors": [{"name": "The napari-nuclei developers"}],
        "cite": [{"text": "napari-nuclei", "url": REPOSITORY}],
        "git_repo": REPOSITORY,
        "tags": ["nuclei", "instance-segmentation", "unet", "2d", "napari"],
        "documentation": file("README.md"),
        "covers": [file("cover.png")],
        # Not among the weights: programs call `predict` of Keras, which takes images of
        # the size of its first call only.
        "attachments": [file(CARD_FILE), file(KERAS_FILE)],
        "inputs": [describe_input(card) | {"test_tensor": file("test_input.npy")}],
        "outputs": [describe_output(card) | {"test_tensor": file("test_output.npy")}],
        "weights": {
            "onnx": file("model.onnx", opset_version=OPSET),
        },
        "config": {
            "bioimageio": {
                "reproducibility_tolerance": [
                    {"absolute_tolerance": TOLERANCE, "relative_tolerance": TOLERANCE}
                ]
            }
        },
    }
    if card.licence:
        description["license"] = card.licence
    if re.fullmatch(r"\d+(\.\d+)*", card.version):
        description["version"] = card.version
    return description


def describe_input(card: ModelCard) -> dict[str, Any]:
    """Return the axes of the network's input, and how values become 0 to 1."""
    size = {"min": 64, "step": 32} if card.any_size else card.patch_size
    colours = ["red", "green", "blue"] if card.inputs == 3 else ["grey"]
    scale_range = {
        "axes": ["channel", *SPACE_AXES],
        "min_percentile": LOW_PERCENTILE,
        "max_percentile": HIGH_PERCENTILE,
        "eps": EPSILON,
    }
    return {
        "id": INPUT,
        "axes": [
            {"type": "batch"},
            *({"type": "space", "id": axis, "size": size} for axis in SPACE_AXES),
            {"type": "channel", "channel_names": colours},
        ],
        "data": {"type": "float32"},
        "preprocessing": [
            {"id": "scale_range", "kwargs": scale_range},
            {"id": "clip", "kwargs": {"min": 0.0, "max": 1.0}},
        ],
    }


def describe_output(card: ModelCard) -> dict[str, Any]:
    """Return the axes of the network's output, which has the size of the input."""
    sizes = {axis: {"tensor_id": INPUT, "axis_id": axis} for axis in SPACE_AXES}
    return {
        "id": OUTPUT,
        "axes": [
            {"type": "batch"},
            *(
                {"type": "space", "id": axis, "size": sizes[axis]}
                for axis in SPACE_AXES
            ),
            {"type": "channel", "channel_names": [*card.channels]},
        ],
        "data": {"type": "float32", "range": [0.0, 1.0]},
    }


def to_yaml(description: dict[str, Any]) -> str:
    """Return the description of a package as YAML, in its order."""
    import yaml

    text: str = yaml.safe_dump(description, sort_keys=False, allow_unicode=True)
    return text
