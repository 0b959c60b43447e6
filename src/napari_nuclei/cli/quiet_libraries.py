"""Load libraries without the messages that their C++ code prints."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from napari_nuclei.io.optional_packages import require_tensorflow
from napari_nuclei.model.native_output import suppress_native_output

if TYPE_CHECKING:
    from napari_nuclei.core.segmenter import Segmenter


def preload_litert() -> None:
    """Load a network into LiteRT, which prints messages only for the first one."""
    from napari_nuclei.model.load import load_segmenter

    with suppress_native_output():
        load_segmenter()


def preload_tensorflow() -> None:
    """Load LiteRT and TensorFlow, and list the devices, which prints most messages."""
    require_tensorflow()
    preload_litert()
    with suppress_native_output():
        # The package's module sets environment variables that TensorFlow reads.
        import napari_nuclei.model  # noqa: F401, I001
        import tensorflow as tf

        tf.config.list_logical_devices()


def load_segmenter_from_args(args: argparse.Namespace) -> Segmenter:
    """Return a segmenter for the options `--model` and `--engine`."""
    from napari_nuclei.model.load import load_segmenter
    from napari_nuclei.model.onnx_engine import OnnxNetwork
    from napari_nuclei.model.store import DEFAULT_MODEL

    with suppress_native_output():
        model = DEFAULT_MODEL if args.model is None else args.model
        segmenter = load_segmenter(model, engine=args.engine)
    if isinstance(segmenter.network, OnnxNetwork):
        print(f"The network runs on {segmenter.network.description}", file=sys.stderr)
    return segmenter
