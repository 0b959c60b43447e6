"""A network as the two files of a model: `.keras`, and `.tflite` of the same output."""

from __future__ import annotations

import io
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from napari_nuclei.model.engine import LiteRTNetwork

TOLERANCE = 1e-3
"""Largest difference in probability between the two files of a model."""


def save_plain(model: keras.Model, path: Path) -> None:
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
    spec = tf.TensorSpec((1, patch_size, patch_size, inputs), tf.float32, name="image")

    @tf.function(input_signature=[spec])  # type: ignore[untyped-decorator]
    def network(image: Any) -> Any:
        return model(image, training=False)

    concrete = network.get_concrete_function()
    # Given the model in place of the function, the converter goes by way of a
    # SavedModel, which leaves the weights of some networks out.
    converter = tf.lite.TFLiteConverter.from_concrete_functions([concrete], network)
    try:
        path.write_bytes(converter.convert())
    except OSError:
        raise
    except Exception as error:  # the converter raises errors of many kinds
        raise ValueError(
            f"the model cannot be converted to LiteRT ({error})"
        ) from error
    images = np.random.default_rng(0).random(
        (2, patch_size, patch_size, inputs), np.float32
    )
    expected = np.asarray(model(images, training=False))
    difference = float(np.abs(LiteRTNetwork(path)(images) - expected).max())
    if not difference <= TOLERANCE:
        raise ValueError(
            f"the converted model differs from the original by {difference:.2g}, more "
            f"than {TOLERANCE}"
        )
