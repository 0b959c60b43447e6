"""Print timings; run with ``pytest -m benchmark -s``.

The sides of the images are those of NUCLEI_BENCH_SIDES, 1024 and 4096 by default.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tifffile

from napari_nuclei import SegmentConfig, load_segmenter
from napari_nuclei.core.normalize import normalize
from napari_nuclei.core.synthetic import synthetic_nuclei
from napari_nuclei.model.engine import available_cores
from napari_nuclei.model.store import list_models

pytestmark = pytest.mark.benchmark

SIDES = [int(s) for s in os.environ.get("NUCLEI_BENCH_SIDES", "1024,4096").split(",")]
BUNDLED = [entry.name for entry in list_models() if entry.bundled]

Timer = Callable[..., float]


def scene(side: int) -> np.ndarray:
    """Return nuclei at realistic density."""
    image, _ = synthetic_nuclei((1024, 1024), count=1200, seed=1)
    return np.tile(image, (-(-side // 1024),) * 2)[:side, :side]


def test_litert_against_keras_on_patches(
    rng: np.random.Generator, seconds: Timer
) -> None:
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


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("name", BUNDLED)
def test_share_of_each_stage(name: str, side: int, seconds: Timer) -> None:
    image = scene(side)
    segmenter, config = load_segmenter(name), SegmentConfig()
    plane = normalize(image)
    maps = segmenter.predict_plane(plane, config=config)
    real = segmenter.network
    stages = {
        "normalising": seconds(lambda: normalize(image)),
        "measuring the diameter": seconds(
            lambda: segmenter.choose_scale([plane], config, None)
        ),
    }
    with_network = seconds(lambda: segmenter.predict_plane(plane, config=config), 2)
    segmenter.network = lambda tiles: np.zeros((*tiles.shape[:3], 2), np.float32)
    stages["tiling and blending"] = seconds(
        lambda: segmenter.predict_plane(plane, config=config)
    )
    segmenter.network = real
    stages["network"] = with_network - stages["tiling and blending"]
    stages["labelling"] = seconds(lambda: segmenter.label(maps, config))
    total = sum(stages.values())
    print(f"\n{name}, {side}x{side}, {int(segmenter.label(maps).labels.max())} nuclei:")
    for stage, took in stages.items():
        print(f"  {stage:<24}{took:7.3f} s {took / total:6.0%}")
    whole = seconds(lambda: segmenter.segment(image))
    for stage, took in (("all of them", total), ("array to labels", whole)):
        print(f"  {stage:<24}{took:7.3f} s, {side**2 / took / 1e6:.1f} Mpx/s")


def test_a_cold_start(tmp_path: Path, seconds: Timer) -> None:
    image, _ = synthetic_nuclei((512, 512), count=300, seed=1)
    tifffile.imwrite(tmp_path / "small.tif", image)
    command = [sys.executable, "-m", "napari_nuclei.cli", "segment", "small.tif"]
    number = iter(range(9))

    def segment() -> None:
        words = [*command, "-o", f"out{next(number)}"]
        subprocess.run(words, cwd=tmp_path, check=True, capture_output=True)

    took = seconds(segment)
    print(f"\nnapari-nuclei segment, 512x512, from a cold process: {took:.2f} s")
