"""Import Keras and TensorFlow without their greeting, or say how to install them.

Modules that start TensorFlow import `keras` from here, before any other.
"""

from __future__ import annotations

from functools import cache

from napari_nuclei.io.optional_packages import require_tensorflow
from napari_nuclei.model.native_output import suppress_native_output

require_tensorflow()
with suppress_native_output():
    import keras

__all__ = ["find_devices", "keras"]


@cache
def find_devices() -> None:
    """Find the GPUs, which prints warnings if there is none, once a process."""
    with suppress_native_output():
        import tensorflow as tf

        tf.config.list_logical_devices()
