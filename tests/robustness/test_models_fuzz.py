"""No damaged or hostile model file crashes, hangs, fills the memory or runs code."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from napari_nuclei.model.exchange import export_model, import_model
from napari_nuclei.model.user_models import remove_model

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")

WORKER = Path(__file__).with_name("model_fuzz_worker.py")

SLICE = {"card": 200, "litert": 40, "zip": 40, "keras": 12}
ALL = {"card": 3000, "litert": 3000, "zip": 2000, "keras": 2000}
"""Number of cases in the ordinary run, and with -m robustness: 10,000."""

MAX_SECONDS = 10.0
"""Largest processor time of a case, in seconds; the machine may be busy."""

LIMIT_SECONDS = 300.0
"""Largest time of a case, in seconds: the time limits of the child processes."""

MAX_MEMORY = 2 << 30


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return the `.keras` file of a small U-Net and the zip file of its model."""
    import keras
    from keras import layers

    folder = tmp_path_factory.mktemp("network")
    image = keras.Input((64, 64, 3))
    skip = layers.Conv2D(4, 3, padding="same", activation="relu")(image)
    x = layers.MaxPooling2D()(skip)
    x = layers.Conv2D(8, 3, padding="same", use_bias=False)(x)
    x = layers.ReLU(6.0)(layers.BatchNormalization()(x))
    x = layers.UpSampling2D(2, interpolation="bilinear")(x)
    x = layers.Concatenate()([x, skip])
    x = layers.SeparableConv2D(4, 3, padding="same", activation="relu")(x)
    output = layers.Conv2D(1, 1, activation="sigmoid")(x)
    keras.Model(image, output).save(folder / "net.keras")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NAPARI_NUCLEI_MODELS", str(folder / "models"))
        import_model(folder / "net.keras", name="small")
        export_model("small", folder / "small.zip")
        remove_model("small")
    return folder / "net.keras", folder / "small.zip"


def run_cases(
    kind: str, first: int, count: int, folder: Path, files: tuple[Path, Path]
) -> list[dict[str, Any]]:
    """Run cases in a process of their own; return a line for each, then the memory."""
    arguments = [kind, str(first), str(count), str(folder), *map(str, files)]
    process = subprocess.run(
        [sys.executable, str(WORKER), *arguments], capture_output=True, text=True
    )
    assert process.returncode == 0, process.stderr[-3000:]
    return [json.loads(line) for line in process.stdout.splitlines()]


def check(lines: list[dict[str, Any]], count: int) -> None:
    """Check the lines of a process, and print a summary."""
    *cases, memory = lines
    results = [case["result"] for case in cases]
    seconds = max(case["processor"] for case in cases)
    print(
        f"{count} cases: {results.count('refused')} refused, "
        f"{results.count('accepted')} accepted, at most {seconds:.1f} s "
        f"of processor time and {memory['memory'] >> 20} MiB"
    )
    assert len(cases) == count
    assert [x for x in cases if x["result"] not in ("refused", "accepted")] == []
    assert [x for x in cases if x["processor"] > MAX_SECONDS] == []
    assert [x for x in cases if x["seconds"] > LIMIT_SECONDS] == []
    assert memory["memory"] < MAX_MEMORY
    assert {"refused", "accepted"} <= set(results) or count < 50


@pytest.mark.slow
@pytest.mark.parametrize("kind", SLICE)
def test_some_damaged_files(
    kind: str, tmp_path: Path, files: tuple[Path, Path]
) -> None:
    check(run_cases(kind, 0, SLICE[kind], tmp_path / "out", files), SLICE[kind])


@pytest.mark.robustness
@pytest.mark.parametrize("kind", ALL)
def test_many_damaged_files(
    kind: str, tmp_path: Path, files: tuple[Path, Path]
) -> None:
    check(run_cases(kind, 1000, ALL[kind], tmp_path / "out", files), ALL[kind])
