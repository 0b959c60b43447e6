"""Write a network as the `.keras` and `.tflite` files of a model."""

from __future__ import annotations

import io
import tempfile
import warnings
import zipfile
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from napari_nuclei.model.engine import LiteRTNetwork

TOLERANCE = 1e-3
"""Largest difference between the outputs of the two files of a model."""

QUANTIZED_TOLERANCE = 0.03
"""Largest mean difference between the outputs before and after quantization."""

CALIBRATION_WARNING = "Statistics for quantized inputs were expected"
"""Converter warning about statistics that only the old quantizer used."""


def save_inference_model(model: keras.Model, path: Path) -> None:
    """Write a compressed `.keras` file without the loss and optimizer of training.

    Other programs do not have the loss. Keras writes without compression, but reads
    compressed files.
    """
    plain = keras.Model(model.inputs[0], model.outputs[0], name=model.name)
    content = io.BytesIO()
    # Next to the file: what a killed process leaves is removed with its folder.
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        stored = Path(folder) / "model.keras"
        plain.save(stored)
        with (
            zipfile.ZipFile(stored) as source,
            zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as out,
        ):
            for name in source.namelist():
                out.writestr(name, source.read(name))
    path.write_bytes(content.getvalue())


def convert(
    model: keras.Model, path: Path, *, patch_size: int, inputs: int = 3
) -> None:
    """Write a Keras model as a `.tflite` file and compare their outputs.

    Parameters
    ----------
    model : keras.Model
        Takes float32 (N, patch_size, patch_size, inputs).
    path : Path
        File to write.
    patch_size : int
        Side of the patches, in pixels.
    inputs : int
        Channels of the patches.

    Raises
    ------
    ValueError
        If the model cannot be converted, or the outputs differ by over `TOLERANCE`.
    """
    path.write_bytes(run_converter(make_converter(model, patch_size, inputs)))
    images = np.random.default_rng(0).random(
        (2, patch_size, patch_size, inputs), np.float32
    )
    difference = float(compare_outputs(model, path, images).max())
    if not difference <= TOLERANCE:
        raise ValueError(
            f"The converted model differs from the original by {difference:.2g}, more "
            f"than {TOLERANCE}"
        )


def convert_to_int8(
    model: keras.Model, path: Path, patches: NDArray[np.float32]
) -> None:
    """Quantize a Keras model to int8 and write it as a `.tflite` file.

    Weights and activations are int8; input and output stay float32. The file has a
    quarter of the size. The network is about twice as fast on processors with int8
    instructions.

    Parameters
    ----------
    model : keras.Model
        Takes float32 (N, Y, X, C).
    path : Path
        File to write.
    patches : ndarray of float32, shape (N, Y, X, C)
        Typical images, 0 to 1. They set the range of each activation.

    Raises
    ------
    ValueError
        If the model cannot be converted, or the outputs for `patches` differ by over
        `QUANTIZED_TOLERANCE` on average.
    """
    converter = make_converter(model, patches.shape[1], patches.shape[3])
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = lambda: ([patch[None]] for patch in patches)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", CALIBRATION_WARNING)
        path.write_bytes(run_converter(converter))
    difference = float(compare_outputs(model, path, patches).mean())
    if not difference <= QUANTIZED_TOLERANCE:
        raise ValueError(
            f"The output of the int8 model differs by {difference:.2g} on average, "
            f"more than {QUANTIZED_TOLERANCE}; use the model without quantization"
        )


def compare_outputs(
    model: keras.Model, path: Path, images: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return the absolute differences of a `.tflite` file's outputs from a model's."""
    expected = np.asarray(model(images, training=False))
    return np.asarray(np.abs(LiteRTNetwork(path)(images) - expected))


def make_converter(model: keras.Model, patch_size: int, inputs: int) -> Any:
    """Return TensorFlow's converter for a network that takes one patch at a time."""
    spec = tf.TensorSpec((1, patch_size, patch_size, inputs), tf.float32, name="image")

    @tf.function(input_signature=[spec])  # type: ignore[untyped-decorator]
    def network(image: Any) -> Any:
        return model(image, training=False)

    concrete = network.get_concrete_function()
    # Given the model itself, the converter first writes a SavedModel, which omits
    # the weights of some networks.
    return tf.lite.TFLiteConverter.from_concrete_functions([concrete], network)


def run_converter(converter: Any) -> bytes:
    """Return the `.tflite` file that a converter makes."""
    try:
        content: bytes = converter.convert()
    except OSError:
        raise
    except Exception as error:  # the converter raises many kinds of errors
        raise ValueError(
            f"The model cannot be converted to LiteRT ({error})"
        ) from error
    return content
