"""Libraries that talk as they start, without their talk."""

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
def quiet() -> Iterator[None]:
    """Keep off the terminal what libraries in C++ log of themselves.

    TensorFlow and LiteRT greet and complain of absent GPUs whatever the level of
    their logs; errors come as exceptions all the same. NAPARI_NUCLEI_DEBUG shows all.
    """
    if os.environ.get("NAPARI_NUCLEI_DEBUG"):
        yield
        return
    try:
        kept = os.dup(2)
    except OSError:  # a program without a terminal
        yield
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        sys.stderr.flush()
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


def preload_litert() -> None:
    """Load a network into LiteRT, which talks at the first one."""
    from napari_nuclei.model.load import load_segmenter

    with quiet():
        load_segmenter()


def preload_tensorflow() -> None:
    """Load TensorFlow and find its devices, which is when it talks; LiteRT too."""
    preload_litert()
    with quiet():
        import napari_nuclei.model  # noqa: F401, I001 - sets what TensorFlow reads
        import tensorflow as tf

        tf.config.list_logical_devices()


def load_segmenter_from_args(args: argparse.Namespace) -> Segmenter:
    """Load the model that `--model` and `--engine` name."""
    from napari_nuclei.model.load import load_segmenter
    from napari_nuclei.model.store import DEFAULT_MODEL

    with quiet():
        model = DEFAULT_MODEL if args.model is None else args.model
        return load_segmenter(model, engine=args.engine)
