"""Model stores and trainings that are killed at any moment lose nothing."""

from __future__ import annotations

import os
import shutil
import signal
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from napari_nuclei.model.staging import MAX_LEFTOVER_AGE, remove_leftovers
from napari_nuclei.model.store import (
    check_model_files,
    find_model,
    invalid_models,
    list_model_folders,
    list_models,
    models_folder,
)
from napari_nuclei.training.loop.run_folder import list_interrupted

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork and kill")

WORKER = Path(__file__).with_name("model_kill_worker.py")

REFUSED = 3 << 8


def check_store() -> None:
    """Check that each model is complete and as one process wrote it."""
    assert "kept" in {entry.name for entry in list_models()}
    assert invalid_models() == {}
    for folder in list_model_folders(models_folder()):
        entry = find_model(folder.name)
        assert entry.card.name == folder.name
        check_model_files(folder, entry.card)
        content = (folder / "model.tflite").read_bytes()
        assert (folder / "figures" / "curves.png").read_bytes() == content[:1000]
        with zipfile.ZipFile(folder / "model.keras") as archive:
            assert archive.read("model.weights.h5") == content


def make_model(folder: Path) -> None:
    """Write the folder of a model from which others are imported."""
    import importlib.util

    spec = importlib.util.spec_from_file_location("model_kill_worker", WORKER)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    folder.mkdir()
    module.fill(folder, "source", 7)
    with zipfile.ZipFile(folder / "model.keras", "w") as archive:
        archive.writestr("config.json", "{}")
        archive.writestr("model.weights.h5", (folder / "model.tflite").read_bytes())
    from napari_nuclei.model.store import read_card, write_card

    write_card(folder, read_card(folder))
    shutil.copytree(folder, models_folder() / "kept")


def kill_store(kills: int, kill_process: Any, tmp_path: Path) -> None:
    """Kill two processes that change the same models, again and again."""
    make_model(tmp_path / "source")
    worker = kill_process(WORKER, "store", tmp_path / "source", tmp_path / "log.txt")
    rng = np.random.default_rng(kills)
    try:
        for seed in range(0, kills, 2):
            processes = [worker.start(n, models_folder()) for n in (seed, seed + 1)]
            for process in processes:
                time.sleep(float(rng.uniform(0.01, 0.15)))
                os.kill(process, signal.SIGKILL)
                assert worker.wait(process) == signal.SIGKILL
            check_store()
    finally:
        worker.close()
    models = models_folder()
    before = time.time() - MAX_LEFTOVER_AGE - 60
    for path in models.glob(".*"):
        os.utime(path, (before, before))
    remove_leftovers(models)
    assert {path.name for path in models.glob(".*")} <= {".checked"}
    check_store()


def test_a_few_kills_lose_no_model(kill_process: Any, tmp_path: Path) -> None:
    kill_store(8, kill_process, tmp_path)


@pytest.mark.robustness
def test_many_kills_lose_no_model(kill_process: Any, tmp_path: Path) -> None:
    kill_store(160, kill_process, tmp_path)


@pytest.fixture
def training(kill_process: Any, tmp_path: Path, small_base: Path) -> Iterator[Any]:
    """Return a process that trains and resumes trainings."""
    source = tmp_path / "source"
    source.mkdir()
    shutil.copytree(small_base, source / "base")
    rng, arrays = np.random.default_rng(0), {}
    for name in "abc":
        labels = np.zeros((96, 96), np.int32)
        for number in range(1, 9):
            centre = (int(rng.integers(9, 87)), int(rng.integers(9, 87)))
            cv2.circle(labels, centre, 8, number, cv2.FILLED)
        noise = rng.normal(0, 9, labels.shape)
        image = (np.where(labels > 0, 170, 50) + noise).clip(0, 255)
        arrays.update({f"{name}i": image.astype(np.uint8), f"{name}l": labels})
    np.savez(source / "samples.npz", **arrays)
    worker = kill_process(WORKER, "train", source, tmp_path / "log.txt")
    yield worker
    worker.close()


def weights_of(folder: Path) -> dict[str, Any]:
    import keras

    model = keras.models.load_model(folder / "model.keras", compile=False)
    return {weight.path: np.asarray(weight) for weight in model.weights}


def kill_training(
    kills: int, worker: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Kill trainings of one name, two at a time, and compare the result."""
    monkeypatch.setenv("NAPARI_NUCLEI_MODELS", str(tmp_path / "undisturbed"))
    started = time.monotonic()
    assert worker.wait(worker.start(0, models_folder())) == 0
    seconds = time.monotonic() - started
    expected = weights_of(models_folder() / "mine")
    rng, done, finished = np.random.default_rng(kills), 0, 0
    while done < kills or not finished:
        monkeypatch.setenv("NAPARI_NUCLEI_MODELS", str(tmp_path / f"killed-{finished}"))
        could_resume = "mine" in list_interrupted()
        process = worker.start(0, models_folder())
        time.sleep(float(rng.uniform(0.05, 0.7)) * seconds)
        second = worker.start(1, models_folder())
        if done < kills and rng.random() < 0.9:
            os.kill(process, signal.SIGKILL)
        status, other = worker.wait(process), worker.wait(second)
        done += status == signal.SIGKILL
        model = models_folder() / "mine"
        if status == 0:
            # The second was refused, or found the finished model's name taken.
            assert other in (REFUSED, 1 << 8)
        if model.is_dir():
            finished += 1
            assert list_interrupted() == []
            found = weights_of(model)
            assert found.keys() == expected.keys()
            for name, weight in expected.items():
                np.testing.assert_array_equal(found[name], weight)
        else:
            assert not could_resume or "mine" in list_interrupted()


@pytest.mark.slow
def test_a_killed_training_resumes_to_the_same_model(
    training: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    kill_training(2, training, monkeypatch, tmp_path)


@pytest.mark.robustness
def test_many_killed_trainings_resume_to_the_same_model(
    training: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    kill_training(40, training, monkeypatch, tmp_path)
