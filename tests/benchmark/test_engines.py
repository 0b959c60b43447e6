"""Print how fast each engine runs the networks; ``pytest -m benchmark -s``.

The engines take turns on the same tiles, so that other work on the computer slows all
of them. ONNX Runtime uses its fastest provider.
"""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest

from napari_nuclei.model.load import load_segmenter

pytestmark = pytest.mark.benchmark

ROUNDS, TILES, SIDE = 5, 32, 288


@pytest.mark.parametrize("model", ["nuclei", "nuclei-fast"])
def test_engines(
    model: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    rng: np.random.Generator,
) -> None:
    monkeypatch.setenv("NAPARI_NUCLEI_MODELS", str(tmp_path))
    tiles = rng.random((TILES, SIDE, SIDE, 3), np.float32)
    networks = {
        engine: load_segmenter(model, engine=engine).network
        for engine in ("litert", "onnx")
    }
    seconds: dict[str, list[float]] = {engine: [] for engine in networks}
    for _ in range(1 + ROUNDS):
        for engine, network in networks.items():
            batch = network.at_once(SIDE)
            started = time.perf_counter()
            for first in range(0, TILES, batch):
                network(tiles[first : first + batch])
            seconds[engine].append(time.perf_counter() - started)
    speed = {e: TILES * SIDE**2 / min(s[1:]) / 1e6 for e, s in seconds.items()}
    names = {"litert": "LiteRT", "onnx": networks["onnx"].description}
    for engine, value in speed.items():
        print(f"\n{model}: {names[engine]} {value:.1f} Mpx/s of tiles", end="")
    print(f", {speed['onnx'] / speed['litert']:.2f} times")
