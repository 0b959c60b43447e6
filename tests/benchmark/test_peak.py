"""Print the speed of the networks against the cores' peak; ``pytest -m benchmark -s``.

``NUCLEI_BENCH_MODELS=FOLDER`` adds the models of a folder to those that are bundled.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from math import prod
from pathlib import Path

import numpy as np
import pytest

from napari_nuclei import load_segmenter
from napari_nuclei.model.engine import LiteRTNetwork, available_cores
from napari_nuclei.model.store import LITERT_FILE, list_models

pytestmark = pytest.mark.benchmark

Timer = Callable[..., float]

DENSE_WIDTH, DENSE_LAYERS, DENSE_SIDE = 256, 8, 128


def multiply_adds(path: Path) -> tuple[float, bool]:
    """Return the multiply-adds a pixel of a `.tflite` file, and if they are of 8 bits.

    Those of its convolutions; all other layers together are a few per cent.
    """
    from ai_edge_litert import schema_py_generated as schema

    model = schema.Model.GetRootAs(path.read_bytes(), 0)
    graph = model.Subgraphs(0)
    total, whole = 0, False
    for number in range(graph.OperatorsLength()):
        operator = graph.Operators(number)
        code = model.OperatorCodes(operator.OpcodeIndex())
        builtin = max(code.BuiltinCode(), code.DeprecatedBuiltinCode())
        kinds = schema.BuiltinOperator
        if builtin not in (kinds.CONV_2D, kinds.DEPTHWISE_CONV_2D):
            continue
        weights = graph.Tensors(operator.Inputs(1))
        _, height, width, channels = weights.ShapeAsNumpy().tolist()
        each = height * width * (channels if builtin == kinds.CONV_2D else 1)
        total += each * prod(graph.Tensors(operator.Outputs(0)).ShapeAsNumpy().tolist())
        whole |= weights.Type() == schema.TensorType.INT8
    _, height, width, _ = graph.Tensors(graph.Inputs(0)).ShapeAsNumpy().tolist()
    return total / (height * width), whole


def dense_peak(folder: Path, seconds: Timer, *, whole: bool) -> float:
    """Return the multiply-adds a second of LiteRT at its best, on all cores.

    Measured on wide convolutions of one pixel, which are products of large matrices.

    Parameters
    ----------
    folder : Path
        For the network's file.
    seconds : callable
        Times some work.
    whole : bool
        With whole numbers of 8 bits, not float32.
    """
    import keras

    from napari_nuclei.model.convert import convert, convert_to_int8

    image = x = keras.Input((DENSE_SIDE, DENSE_SIDE, 3))
    for number in range(DENSE_LAYERS):
        x = keras.layers.Conv2D(DENSE_WIDTH, 1, activation="relu", name=f"{number}")(x)
    x = keras.layers.Conv2D(1, 1, activation="sigmoid", name="output")(x)
    model, path = keras.Model(image, x), folder / f"dense{whole}.tflite"
    tiles = np.random.default_rng(0).random((8, DENSE_SIDE, DENSE_SIDE, 3), np.float32)
    if whole:
        convert_to_int8(model, path, tiles)
    else:
        convert(model, path, patch_size=DENSE_SIDE)
    network = LiteRTNetwork(path)
    each, _ = multiply_adds(path)
    return each * tiles[..., 0].size / seconds(lambda: network(tiles))


def matrix_peak(seconds: Timer, side: int = 2048) -> float:
    """Return the multiply-adds a second of a float32 product of two matrices."""
    one = np.random.default_rng(0).random((side, side), np.float32)
    return side**3 / seconds(lambda: one @ one)


def test_the_network_beside_what_the_cores_can_do(
    rng: np.random.Generator,
    tmp_path: Path,
    seconds: Timer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if "NUCLEI_BENCH_MODELS" in os.environ:
        monkeypatch.setenv("NAPARI_NUCLEI_MODELS", os.environ["NUCLEI_BENCH_MODELS"])
    peaks = {
        whole: dense_peak(tmp_path, seconds, whole=whole) for whole in (False, True)
    }
    print(f"\nthousand million multiply-adds a second, {available_cores()} cores:")
    matrices = matrix_peak(seconds)
    print(f"  OpenBLAS, two matrices of 2048x2048, float32  {matrices / 1e9:6.0f}")
    for whole, kind in ((False, "float32"), (True, "8 bits")):
        print(f"  LiteRT, wide convolutions, {kind:<19}{peaks[whole] / 1e9:6.0f}")
    for entry in list_models():
        each, whole = multiply_adds(entry.folder / LITERT_FILE)
        network = load_segmenter(entry.name).network
        for side, count in ((128, 64), (288, 16)):
            tiles = rng.random((count, side, side, 3), np.float32)
            speed = tiles[..., 0].size / seconds(lambda n=network, t=tiles: n(t))
            print(
                f"  {entry.name:<12} {each:.0f} a pixel, tiles of {side}: "
                f"{speed / 1e6:.1f} Mpx/s, {speed * each / 1e9:.0f}, "
                f"{speed * each / peaks[whole]:.0%} of the peak"
            )
