"""Write a network as an ONNX file and as a SavedModel."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.io.optional_packages import import_extra
from napari_nuclei.model.native_output import suppress_native_output
from napari_nuclei.model.quiet_tensorflow import find_devices, keras

if TYPE_CHECKING:
    from napari_nuclei.core.card import ModelCard

OPSET = 18
"""Version of the operators of ONNX that are written."""

INPUT, OUTPUT = "image", "maps"
"""Names of the tensors in exported networks."""


def encode_onnx(model: keras.Model, card: ModelCard) -> bytes:
    """Return a network as the bytes of an ONNX file.

    Parameters
    ----------
    model : keras.Model
    card : ModelCard
        Its `any_size` decides whether the file takes images of all sizes (multiples of
        32 px) or of the patch size only.

    Returns
    -------
    bytes
        The network takes `image`, float32 of shape (N, Y, X, inputs), and gives `maps`,
        float32 of shape (N, Y, X, channels).

    Raises
    ------
    ModuleNotFoundError
        If tf2onnx or onnx is not installed.
    ValueError
        If the network cannot be converted.
    """
    onnx, tf2onnx = import_extra("onnx"), import_extra("tf2onnx")
    logging.getLogger("tf2onnx").setLevel(logging.ERROR)
    network, spec = trace_network(model, card)
    try:
        with suppress_native_output():
            proto, _ = tf2onnx.convert.from_function(network, [spec], opset=OPSET)
    except Exception as error:  # the converter raises many kinds of errors
        raise ValueError(f"The model cannot be converted to ONNX ({error})") from error
    graph = proto.graph
    # The sizes of inner tensors are those of the patch.
    del graph.value_info[:]
    rename_tensor(graph, graph.output[0].name, OUTPUT)
    for tensor in (graph.input[0], graph.output[0]):
        sizes = tensor.type.tensor_type.shape.dim
        names = ("N", "Y", "X") if card.any_size else ("N",)
        for size, name in zip(sizes, names, strict=False):
            size.dim_param = name
    onnx.checker.check_model(proto)
    content: bytes = proto.SerializeToString()
    return content


def trace_network(model: keras.Model, card: ModelCard) -> tuple[Any, Any]:
    """Return a network as a TensorFlow function of one patch, and its signature."""
    find_devices()
    import tensorflow as tf

    shape = (1, card.patch_size, card.patch_size, card.inputs)
    spec = tf.TensorSpec(shape, tf.float32, name=INPUT)

    @tf.function(input_signature=[spec])  # type: ignore[untyped-decorator]
    def network(image: Any) -> Any:
        return model(image, training=False)

    return network, spec


def rename_tensor(graph: Any, old: str, new: str) -> None:
    """Rename the output of an ONNX graph."""
    for node in graph.node:
        node.output[:] = [new if name == old else name for name in node.output]
        node.input[:] = [new if name == old else name for name in node.input]
    for tensor in graph.output:
        if tensor.name == old:
            tensor.name = new


def write_saved_model(model: keras.Model, card: ModelCard, folder: Path) -> None:
    """Write a network as a SavedModel of TensorFlow.

    Parameters
    ----------
    model : keras.Model
    card : ModelCard
    folder : Path
        A new folder. The signature `serving_default` takes `image`, float32 of shape
        (N, patch size, patch size, inputs), and gives `maps`.

    Raises
    ------
    OSError
        If the folder cannot be written.
    """
    find_devices()
    import tensorflow as tf

    shape = (None, card.patch_size, card.patch_size, card.inputs)
    spec = tf.TensorSpec(shape, tf.float32, name=INPUT)

    @tf.function(input_signature=[spec])  # type: ignore[untyped-decorator]
    def network(image: Any) -> dict[str, Any]:
        return {OUTPUT: model(image, training=False)}

    # Of the Keras model only the variables are saved: Keras would save the network for
    # images of unknown size too, which it cannot.
    module = tf.Module()
    module.weights = [variable.value for variable in model.variables]
    module.network = network
    with suppress_native_output():
        tf.saved_model.save(module, str(folder), signatures=network)


def predict_maps(model: keras.Model, image: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the output of a network for one image.

    Parameters
    ----------
    model : keras.Model
    image : ndarray of float32, shape (1, Y, X, inputs)

    Returns
    -------
    ndarray of float32, shape (1, Y, X, channels)
    """
    return np.asarray(model(image, training=False), np.float32)
