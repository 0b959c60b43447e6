"""A network as the two files of a model: `.keras`, and `.tflite` of the same output."""

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
"""Largest difference in probability between the two files of a model."""

QUANTIZED_TOLERANCE = 0.03
"""Largest mean difference in probability that 8-bit numbers may make."""

CALIBRATION_WARNING = "Statistics for quantized inputs were expected"
"""A warning of the converter, about statistics that only its old way of quantising
took."""


def save_inference_model(model: keras.Model, path: Path) -> None:
    """Write a `.keras` file without the loss and optimizer of training, compressed.

    No other program knows the loss. Keras stores without compression, but reads files
    that have it.
    """
    plain = keras.Model(model.inputs[0], model.outputs[0], name=model.name)
    content = io.BytesIO()
    with tempfile.TemporaryDirectory() as folder:
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
    """Write a Keras model as a `.tflite` file and check that both agree.

    Parameters
    ----------
    model : keras.Model
        Takes float32 (N, patch_size, patch_size, inputs).
    path : Path
        The file to write.
    patch_size : int
        Side of the patches, in pixels.
    inputs : int
        Channels of the patches.

    Raises
    ------
    ValueError
        If the model cannot be expressed, or the outputs differ by over `TOLERANCE`.
    """
    path.write_bytes(run_converter(make_converter(model, patch_size, inputs)))
    images = np.random.default_rng(0).random(
        (2, patch_size, patch_size, inputs), np.float32
    )
    difference = float(compare_outputs(model, path, images).max())
    if not difference <= TOLERANCE:
        raise ValueError(
            f"the converted model differs from the original by {difference:.2g}, more "
            f"than {TOLERANCE}"
        )


def convert_to_int8(
    model: keras.Model, path: Path, patches: NDArray[np.float32]
) -> None:
    """Write a Keras model as a `.tflite` file that counts in 8 bits.

    Weights and activations are whole numbers of 8 bits; input and output stay float32.
    It is a quarter of the size and, where the processor has instructions for such
    numbers, about twice as fast.

    Parameters
    ----------
    model : keras.Model
        Takes float32 (N, Y, X, C).
    path : Path
        The file to write.
    patches : ndarray of float32, shape (N, Y, X, C)
        What the network will meet, 0 to 1: the range of each activation is taken from
        them.

    Raises
    ------
    ValueError
        If the model cannot be expressed, or the outputs for `patches` differ by over
        `QUANTIZED_TOLERANCE` in the mean.
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
            f"with 8 bits the model's output differs by {difference:.2g} in the mean, "
            f"more than {QUANTIZED_TOLERANCE}; use the model as it is"
        )


def compare_outputs(
    model: keras.Model, path: Path, images: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return how far each output of a `.tflite` file lies from its model's."""
    expected = np.asarray(model(images, training=False))
    return np.asarray(np.abs(LiteRTNetwork(path)(images) - expected))


def make_converter(model: keras.Model, patch_size: int, inputs: int) -> Any:
    """Return TensorFlow's converter for a network that takes one patch."""
    spec = tf.TensorSpec((1, patch_size, patch_size, inputs), tf.float32, name="image")

    @tf.function(input_signature=[spec])  # type: ignore[untyped-decorator]
    def network(image: Any) -> Any:
        return model(image, training=False)

    concrete = network.get_concrete_function()
    # Given the model in place of the function, the converter goes by way of a
    # SavedModel, which leaves the weights of some networks out.
    return tf.lite.TFLiteConverter.from_concrete_functions([concrete], network)


def run_converter(converter: Any) -> bytes:
    """Return the `.tflite` file that a converter makes."""
    try:
        content: bytes = converter.convert()
    except OSError:
        raise
    except Exception as error:  # the converter raises errors of many kinds
        raise ValueError(
            f"the model cannot be converted to LiteRT ({error})"
        ) from error
    return content
