"""Compare this package with StarDist; run with ``pytest -m stardist -s``.

The sides of the images are those of NUCLEI_BENCH_SIDES, 256 and 1024 by default;
``256,1024,4096,8192`` is the whole table. The models are those of
NUCLEI_BENCH_MODELS, such as ``nuclei,fast``; all bundled ones by default.
"""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from napari_nuclei.core.synthetic import synthetic_nuclei
from napari_nuclei.model.engine import available_cores
from napari_nuclei.model.store import list_models

CONTENDER = Path(__file__).with_name("contender.py")
SIDES = [int(s) for s in os.environ.get("NUCLEI_BENCH_SIDES", "256,1024").split(",")]
MODELS = os.environ.get("NUCLEI_BENCH_MODELS", "").split(",")
if MODELS == [""]:
    MODELS = [entry.name for entry in list_models() if entry.bundled]
TILE, TILE_NUCLEI = 1024, 1200

pytestmark = [
    pytest.mark.stardist,
    pytest.mark.skipif(
        importlib.util.find_spec("stardist") is None,
        reason="needs pip install 'napari-nuclei[bench]'",
    ),
]


def call(*words: object) -> str:
    done = subprocess.run(
        [sys.executable, str(CONTENDER), *map(str, words)],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return done.stdout.splitlines()[-1] if done.stdout else ""


def scene(side: int) -> dict[str, np.ndarray]:
    """Return nuclei at realistic density; large images consist of rotated tiles."""
    some = min(side, TILE)
    image, truth = synthetic_nuclei(
        (some, some), count=TILE_NUCLEI * some**2 // TILE**2, seed=1
    )
    times = -(-side // some)
    images, truths = [], []
    for row in range(times):
        turns = [(row + column) % 4 for column in range(times)]
        images.append(np.hstack([np.rot90(image, k) for k in turns]))
        shift = truth.max() * (np.arange(times) + row * times)
        truths.append(
            np.hstack(
                [
                    np.rot90(np.where(truth > 0, truth + s, 0), k)
                    for k, s in zip(turns, shift, strict=True)
                ]
            )
        )
    cut = np.s_[:side, :side]
    return {
        "image": np.vstack(images)[cut],
        "truth": np.vstack(truths)[cut].astype(np.int32),
    }


def test_this_package_beside_stardist(tmp_path: Path) -> None:
    call("train", tmp_path)
    names = [f"stardist:{tmp_path}", *(f"litert:{m}" for m in MODELS), "keras:nuclei"]
    print(f"\n{available_cores()} cores, from array to labels:")
    print(f"{'side':>6} {'':<18}{'Mpx/s':>8}{'ratio':>8}{'peak':>9}{'F1':>7}")
    for side in SIDES:
        path = tmp_path / f"{side}.npz"
        np.savez(path, **scene(side))
        base = None
        for name in names:
            found = json.loads(call(name, path))
            speed = side**2 / found["seconds"] / 1e6
            base = base or speed
            shown = "stardist" if name.startswith("stardist") else name
            print(
                f"{side:>6} {shown:<18}{speed:8.2f}{speed / base:8.1f}"
                f"{found['peak']:6.2f} GB{found['f1']:7.3f}",
                flush=True,
            )
