"""Timings, printed; run with ``pytest -m benchmark -s``."""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tifffile

from napari_nuclei import SegmentConfig, load_segmenter
from napari_nuclei.core.normalize import normalize
from napari_nuclei.core.synthetic import synthetic_nuclei
from napari_nuclei.model.engine import available_cores

pytestmark = pytest.mark.benchmark

SIDE = 4096


def seconds(work: Callable[[], object], rounds: int = 3) -> float:
    """Return the best time of a few rounds, after one that warms up."""
    work()
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return min(times)


def test_litert_against_keras_on_patches(rng: np.random.Generator) -> None:
    tiles = rng.random((64, 128, 128, 3), np.float32)
    speeds = {}
    for engine, batch in (("litert", 64), ("keras", 16), ("keras", 64)):
        network = load_segmenter(engine=engine).network
        parts = [tiles[i : i + batch] for i in range(0, len(tiles), batch)]
        took = seconds(lambda n=network, p=parts: [n(part) for part in p])
        speeds[engine] = max(speeds.get(engine, 0), tiles[..., 0].size / took / 1e6)
    ratio = speeds["litert"] / speeds["keras"]
    print(f"\nnetwork on 128x128 patches, {available_cores()} cores:")
    print(f"  LiteRT {speeds['litert']:.1f} Mpx/s, Keras {speeds['keras']:.1f} Mpx/s")
    print(f"  LiteRT is {ratio:.1f} times as fast")


def test_share_of_each_stage() -> None:
    image, _ = synthetic_nuclei((1024, 1024), count=1200, seed=1)
    image = np.tile(image, (SIDE // 1024, SIDE // 1024))
    segmenter, config = load_segmenter(), SegmentConfig()
    plane = normalize(image)
    maps = segmenter.predict(plane, config=config)
    real = segmenter.network
    stages = {
        "normalising": seconds(lambda: normalize(image)),
        "measuring the diameter": seconds(
            lambda: segmenter.choose_scale([plane], config, None)
        ),
    }
    with_network = seconds(lambda: segmenter.predict(plane, config=config), 2)
    segmenter.network = lambda tiles: np.zeros((*tiles.shape[:3], 2), np.float32)
    stages["tiling and blending"] = seconds(
        lambda: segmenter.predict(plane, config=config)
    )
    segmenter.network = real
    stages["network"] = with_network - stages["tiling and blending"]
    stages["labelling"] = seconds(lambda: segmenter.label(maps, config))
    total = sum(stages.values())
    print(f"\n{SIDE}x{SIDE}, {int(segmenter.label(maps, config).max())} nuclei:")
    for name, took in stages.items():
        print(f"  {name:<24}{took:7.3f} s {took / total:6.0%}")
    print(f"  {'all':<24}{total:7.3f} s, {SIDE**2 / total / 1e6:.1f} Mpx/s")


def test_a_cold_start(tmp_path: Path) -> None:
    image, _ = synthetic_nuclei((512, 512), count=300, seed=1)
    tifffile.imwrite(tmp_path / "small.tif", image)
    command = [sys.executable, "-m", "napari_nuclei.cli", "segment", "small.tif"]
    number = iter(range(9))

    def segment() -> None:
        words = [*command, "-o", f"out{next(number)}"]
        subprocess.run(words, cwd=tmp_path, check=True, capture_output=True)

    took = seconds(segment)
    print(f"\nnapari-nuclei segment, 512x512, from a cold process: {took:.2f} s")
