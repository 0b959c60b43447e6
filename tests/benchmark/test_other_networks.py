"""Print how fast networks of other programs run on a CPU; ``pytest -m benchmark -s``.

The networks are those of InstanSeg and of Cellpose 3, with random weights: only their
speed is compared, no results. Install what is to be timed: ``pip install torch
instanseg-torch "cellpose<4"``.

The networks take turns on the same tiles. Speeds are from processor time, of all cores
together, so that other programs on the computer matter less.
"""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from napari_nuclei.model.load import load_segmenter

pytestmark = pytest.mark.benchmark

ROUNDS, TILES, SIDE = 2, 4, 256


def load_module(package: str, path: str) -> ModuleType:
    """Return a module of an installed package without importing the package."""
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        pytest.skip(f"{package} is not installed")
    file = Path(spec.submodule_search_locations[0], path)
    found = importlib.util.spec_from_file_location(file.stem, file)
    assert found and found.loader
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


def instanseg() -> tuple[Any, int]:
    """Return InstanSeg's network of its default size, and its number of inputs."""
    module = load_module("instanseg", "utils/models/InstanSeg_UNet.py")
    return module.InstanSeg_UNet(in_channels=3, out_channels=[[2, 2, 1]]), 3


def cellpose() -> tuple[Any, int]:
    """Return the network of Cellpose 3, and its number of inputs."""
    module = load_module("cellpose", "resnet_torch.py")
    return module.CPnet([2, 32, 64, 128, 256], 3, 3), 2


@pytest.mark.parametrize("build", [instanseg, cellpose])
def test_the_network_of_another_program(
    build: Callable[[], tuple[Any, int]], rng: np.random.Generator
) -> None:
    torch = pytest.importorskip("torch")
    torch.set_num_threads(1)  # threads that wait for each other count as work
    other, inputs = build()
    other.eval()
    tiles = rng.random((TILES, SIDE, SIDE, 3), np.float32)
    same = torch.from_numpy(tiles[..., :inputs].transpose(0, 3, 1, 2).copy())

    def run_other() -> None:
        with torch.inference_mode():
            other(same)

    own = {name: load_segmenter(name).network for name in ("nuclei", "nuclei-fast")}
    runs: dict[str, Callable[[], Any]] = {build.__name__: run_other}
    runs |= {name: lambda net=net: net(tiles) for name, net in own.items()}
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(1 + ROUNDS):
        for name, run in runs.items():
            began = time.process_time()
            run()
            seconds[name].append(time.process_time() - began)
    speed = {n: TILES * SIDE**2 / min(s[1:]) / 1e6 for n, s in seconds.items()}
    parameters = sum(one.numel() for one in other.parameters())
    print(f"\n{build.__name__}: {parameters / 1e6:.1f} million parameters")
    for name, value in speed.items():
        ratio = value / speed[build.__name__]
        print(f"  {name:<12}{value:7.2f} Mpx/s of tiles for each core, {ratio:.1f}")
