from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

from napari_nuclei.config import TrainConfig
from napari_nuclei.data.annotation_file import read_annotations
from napari_nuclei.data.datasets import Sample
from napari_nuclei.io.locks import PathLockedError
from napari_nuclei.model.staging import MAX_LEFTOVER_AGE
from napari_nuclei.training.loop.run_folder import (
    CHECKPOINT,
    SETTINGS_FILE,
    About,
    check_resumable,
    clear_run,
    has_checkpoint,
    latest_interrupted,
    list_interrupted,
    lock_training,
    read_epochs,
    read_run_settings,
    remove_old_runs,
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


HOLD = """
import sys
from napari_nuclei.training.loop.run_folder import lock_training
with lock_training("mine"):
    print("holds", flush=True)
    sys.stdin.read()
"""


def test_a_training_is_refused_while_another_process_trains_its_name() -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdout is not None and process.stdin is not None
    assert process.stdout.readline() == b"holds\n"
    message = (
        rf"^A training named mine is running already \(process {process.pid} on "
        rf"{socket.gethostname()}\)\. Wait until it has ended, or choose another name$"
    )
    with pytest.raises(PathLockedError, match=message), lock_training("mine"):
        pass
    with lock_training("other"):
        pass
    process.kill()
    process.communicate()
    with lock_training("mine"):  # the lock of a dead process does not count
        pass


def test_the_lock_of_another_computer_says_how_to_remove_it(own_models: Path) -> None:
    lock = own_models / ".training" / ".locks" / "mine.lock"
    lock.parent.mkdir(parents=True)
    lock.write_text(json.dumps({"host": "another", "pid": 7}))
    with (
        pytest.raises(
            PathLockedError, match=r"process 7 on another.*remove .*mine\.lock"
        ),
        lock_training("mine"),
    ):
        pass


def make_old(folder: Path, age: float) -> None:
    before = time.time() - age
    for path in (*folder.rglob("*"), folder):
        os.utime(path, (before, before))


def test_only_trainings_that_saved_nothing_are_removed_after_a_day(
    samples: list[Sample], own_models: Path
) -> None:
    names = ("saved", "checkpoint", "annotations", "killed", "new", "running")
    for name in names:
        folder = run_folder(name)
        (folder / "logs").mkdir(parents=True)
        (folder / "logs" / "events").write_text("")
        if name == "saved":
            write_run_settings(folder, samples, samples, TrainConfig(), None, About())
        if name in ("checkpoint", "annotations"):
            (folder / {"checkpoint": CHECKPOINT}.get(name, "annotations.npz")).touch()
        if name != "new":
            make_old(folder, MAX_LEFTOVER_AGE + 9)
    with lock_training("running"):
        remove_old_runs()
    left = {path.name for path in (own_models / ".training").glob("[!.]*")}
    assert left == set(names) - {"killed"}


def test_a_training_that_saved_nothing_says_what_to_do(samples: list[Sample]) -> None:
    run_folder("early").mkdir(parents=True)
    with pytest.raises(FileNotFoundError, match=r"early was stopped before it saved"):
        check_resumable("early")
    write_run_settings(
        run_folder("early"), samples, samples, TrainConfig(), None, About()
    )
    check_resumable("early")
    for name in ("other", "../..", ".locks"):
        with pytest.raises(FileNotFoundError, match=r"no interrupted .* are: early"):
            check_resumable(name)


def test_a_new_training_replaces_the_files_of_an_earlier_one(
    samples: list[Sample],
) -> None:
    folder = run_folder("mine")
    clear_run("mine", all_files=False)  # there was none
    write_run_settings(folder, samples, samples, TrainConfig(), None, About())
    (folder / "logs").mkdir()
    (folder / CHECKPOINT).write_bytes(b"")
    clear_run("mine", all_files=False)
    assert {x.name for x in folder.iterdir()} == {"annotations.npz", SETTINGS_FILE}
    clear_run("mine", all_files=True)
    assert list(folder.iterdir()) == []
