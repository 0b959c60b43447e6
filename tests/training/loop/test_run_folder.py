from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

from napari_nuclei.config import TrainConfig
from napari_nuclei.data.annotation_file import read_annotations
from napari_nuclei.data.datasets import Sample
from napari_nuclei.training.loop.run_folder import (
    CHECKPOINT,
    SETTINGS_FILE,
    About,
    has_checkpoint,
    latest_interrupted,
    list_interrupted,
    read_epochs,
    read_run_settings,
    run_folder,
    write_run_settings,
)
from napari_nuclei.training.loop.state import Epoch, TrainingState


@pytest.fixture
def samples() -> list[Sample]:
    return [Sample("a", np.zeros((8, 8), np.uint8), np.eye(8, dtype=np.int32))]


def test_settings_are_read_back(samples: list[Sample]) -> None:
    config = TrainConfig.fine_tuning(budget=30)
    about = About("Discs.", "mine", "CC0-1.0")
    folder = run_folder("new")
    write_run_settings(folder, samples, samples, config, Path("base"), about)
    found = read_run_settings("new")
    assert (found.config, found.base, found.about) == (config, "base", about)
    training, held_out = read_annotations(folder / "annotations.npz")
    assert [x.name for x in (*training, *held_out)] == ["a", "a"]


def test_a_training_with_settings_and_nuclei_is_interrupted(
    samples: list[Sample],
) -> None:
    assert list_interrupted() == []
    for seconds, name in ((200, "early"), (100, "earlier")):
        folder = run_folder(name)
        write_run_settings(folder, samples, samples, TrainConfig(), None, About())
        # It can start again from its settings, even before its first checkpoint.
        assert name in list_interrupted()
        assert not has_checkpoint(name)
        (folder / CHECKPOINT).write_bytes(b"")
        os.utime(folder / CHECKPOINT, (seconds, seconds))
    assert list_interrupted() == ["earlier", "early"]
    assert latest_interrupted() == "early"
    (run_folder("early") / "annotations.npz").unlink()
    assert list_interrupted() == ["earlier"]


def test_the_epochs_of_an_interrupted_training_are_read() -> None:
    folder = run_folder("mine")
    folder.mkdir(parents=True)
    assert read_epochs("mine") == []
    epochs = [Epoch(n, 2.0 * n, {"loss": 1 / n}, {"loss": 2 / n}) for n in (1, 2)]
    state = json.dumps(asdict(TrainingState(step=8, epochs=epochs)))
    np.savez(folder / CHECKPOINT, state=np.array(state))
    assert read_epochs("mine") == epochs
    for torn in (b"torn", b"PK\x03\x04", b""):
        (folder / CHECKPOINT).write_bytes(torn)
        assert read_epochs("mine") == []


def test_unreadable_settings_say_what_to_do() -> None:
    folder = run_folder("broken")
    folder.mkdir(parents=True)
    (folder / SETTINGS_FILE).write_text("{}")
    with pytest.raises(ValueError, match="start the training broken again, or remove"):
        read_run_settings("broken")
