"""Load libraries without the messages that their C++ code prints."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from napari_nuclei.core.segmenter import Segmenter


@contextmanager
def suppress_native_output() -> Iterator[None]:
    """Discard what is written to the file descriptor of standard error.

    TensorFlow and LiteRT print a greeting and warnings about missing GPUs at every
    log level. Their errors still arrive as exceptions. Setting the environment
    variable NAPARI_NUCLEI_DEBUG shows all output.
    """
    if os.environ.get("NAPARI_NUCLEI_DEBUG"):
        yield
        return
    try:
        standard_error = os.dup(2)
    except OSError:  # the process has no standard error
        yield
        return
    null_device = os.open(os.devnull, os.O_WRONLY)
    try:
        sys.stderr.flush()
        os.dup2(null_device, 2)
        yield
    finally:
        os.dup2(standard_error, 2)
        os.close(standard_error)
        os.close(null_device)


def preload_litert() -> None:
    """Load a network into LiteRT, which prints messages only for the first one."""
    from napari_nuclei.model.load import load_segmenter

    with suppress_native_output():
        load_segmenter()


def preload_tensorflow() -> None:
    """Load LiteRT and TensorFlow, and list the devices, which prints most messages."""
    preload_litert()
    with suppress_native_output():
        # The package's module sets environment variables that TensorFlow reads.
        import napari_nuclei.model  # noqa: F401, I001
        import tensorflow as tf

        tf.config.list_logical_devices()


def load_segmenter_from_args(args: argparse.Namespace) -> Segmenter:
    """Return a segmenter for the options `--model` and `--engine`."""
    from napari_nuclei.model.load import load_segmenter
    from napari_nuclei.model.store import DEFAULT_MODEL

    with suppress_native_output():
        model = DEFAULT_MODEL if args.model is None else args.model
        return load_segmenter(model, engine=args.engine)
