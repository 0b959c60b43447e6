"""Files of a training run that is not finished; read without TensorFlow."""

from __future__ import annotations

import json
import shutil
import time
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from napari_nuclei.config import TrainConfig
from napari_nuclei.data.annotation_file import write_annotations
from napari_nuclei.data.datasets import Sample
from napari_nuclei.io.atomic import prepare_folder, write_atomic
from napari_nuclei.io.locks import (
    LOCK_SUFFIX,
    LockOwner,
    PathLockedError,
    lock_path,
    read_owner,
)
from napari_nuclei.model.staging import MAX_LEFTOVER_AGE
from napari_nuclei.model.store import (
    ANNOTATIONS_FILE,
    MODEL_NAME_PATTERN,
    models_folder,
)
from napari_nuclei.training.loop.state import Epoch

CHECKPOINT = "checkpoint.npz"
SETTINGS_FILE = "order.json"
"""Settings of the training; the name dates from earlier versions."""

PREVIEW_FILE = "latest.png"
"""A validation patch, and the nuclei predicted in it after the latest epoch."""


def run_folder(name: str) -> Path:
    """Return the folder of checkpoint, logs and figures of a training run."""
    return models_folder() / ".training" / name


@dataclass(frozen=True, slots=True)
class About:
    """Texts for a model card.

    Attributes
    ----------
    description, data, licence : str
        Purpose of the model, its training data, and its licence.
    """

    description: str = ""
    data: str = ""
    licence: str = ""


@dataclass(frozen=True, slots=True)
class RunSettings:
    """Settings of an interrupted training.

    Attributes
    ----------
    config : TrainConfig
    base : str, optional
        Name or folder of the model that it started from.
    about : About
    """

    config: TrainConfig
    base: str | None
    about: About


@contextmanager
def lock_training(name: str) -> Iterator[None]:
    """Hold the lock of a training run, so that no other one of this name starts.

    Raises
    ------
    OSError
        If the folder of user models cannot be written.
    PathLockedError
        If a training run of this name is running in another process.
    """
    locks = models_folder() / ".training" / ".locks"
    created = [
        folder
        for folder in (locks, locks.parent, models_folder())
        if not folder.exists()
    ]
    prepare_folder(models_folder())
    prepare_folder(locks)
    with ExitStack() as stack:
        stack.callback(remove_empty_folders, created)
        try:
            stack.enter_context(lock_path(locks / name))
        except PathLockedError:
            raise running_error(name, locks / f"{name}{LOCK_SUFFIX}") from None
        yield


def remove_empty_folders(folders: Sequence[Path]) -> None:
    """Remove folders from the innermost on, up to the first one that is not empty."""
    with suppress(OSError):
        for folder in folders:
            folder.rmdir()


def running_error(name: str, lock: Path) -> PathLockedError:
    """Return the error for a training run that another process has started."""
    try:
        with lock.open("rb") as file:
            owner = read_owner(file)
    except OSError:  # it has just ended
        owner = None
    where = "" if owner is None else f" (process {owner.pid} on {owner.host})"
    remedy = "Wait until it has ended, or choose another name"
    if owner is not None and owner.host != LockOwner.current().host:
        remedy = f"If that process has ended, remove {lock}"
    return PathLockedError(
        f"A training named {name} is running already{where}. {remedy}"
    )


def remove_old_runs() -> None:
    """Remove the folders of training runs that were killed a day ago and saved nothing.

    A folder with a checkpoint or with annotations is never removed.
    """
    saved = (CHECKPOINT, ANNOTATIONS_FILE)
    for run in (models_folder() / ".training").glob("[!.]*"):
        try:
            age = time.time() - max(x.stat().st_mtime for x in (run, *run.rglob("*")))
            if age > MAX_LEFTOVER_AGE and not any((run / x).exists() for x in saved):
                with lock_training(run.name):
                    shutil.rmtree(run, ignore_errors=True)
        except (OSError, PathLockedError):  # it is running, or cannot be read
            continue


def clear_run(name: str, *, all_files: bool) -> None:
    """Remove the files of an earlier training of this name.

    Annotations and settings are left unless `all_files` is set: they are replaced, so
    that a process that is killed meanwhile loses no annotations.
    """
    run = run_folder(name)
    saved = set() if all_files else {ANNOTATIONS_FILE, SETTINGS_FILE}
    for path in run.iterdir() if run.is_dir() else ():
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        elif path.name not in saved:
            path.unlink(missing_ok=True)


def write_run_settings(
    folder: Path,
    samples: Sequence[Sample],
    held_out: Sequence[Sample],
    config: TrainConfig,
    base: str | Path | None,
    about: About,
) -> None:
    """Write annotations and settings, so that the training can be resumed.

    Parameters
    ----------
    folder : Path
        See `run_folder`.
    samples, held_out : sequence of Sample
    config : TrainConfig
    base : str or path-like, optional
    about : About

    Raises
    ------
    OSError
        If a file cannot be written.
    """
    write_annotations(folder / ANNOTATIONS_FILE, samples, held_out)
    settings = {
        "config": config.as_dict(),
        "base": base and str(base),
        "about": asdict(about),
    }
    write_atomic(folder / SETTINGS_FILE, json.dumps(settings).encode())


def read_run_settings(name: str) -> RunSettings:
    """Return the settings of an interrupted training.

    Raises
    ------
    OSError, ValueError
        If the settings cannot be read.
    """
    path = run_folder(name) / SETTINGS_FILE
    try:
        settings = json.loads(path.read_text(encoding="utf-8"))
        config = TrainConfig.from_dict(settings["config"])
        return RunSettings(config, settings["base"], About(**settings["about"]))
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(
            f"{path} cannot be read; start the training {name} again, or remove the "
            f"folder {path.parent}"
        ) from error


def check_resumable(name: str) -> None:
    """Raise an error, with what to do, if a training run cannot be resumed.

    Raises
    ------
    FileNotFoundError
        If there is no interrupted training of this name.
    PathLockedError
        If it is not interrupted but running.
    """
    if name in list_interrupted():
        with lock_training(name):
            return
    if MODEL_NAME_PATTERN.fullmatch(name) and run_folder(name).is_dir():
        raise FileNotFoundError(
            f"The training {name} was stopped before it saved its annotations and "
            "settings, and cannot be resumed. Start it again"
        )
    names = ", ".join(list_interrupted()) or "none"
    raise FileNotFoundError(
        f"There is no interrupted training {name}; there are: {names}"
    )


def list_interrupted() -> list[str]:
    """Return the names of the training runs that can be resumed.

    A training run that was interrupted before its first checkpoint starts again, with
    the same settings and annotations.
    """
    folder = models_folder() / ".training"
    needed = (SETTINGS_FILE, ANNOTATIONS_FILE)
    try:
        runs = sorted(folder.iterdir())
    except OSError:  # there was no training, or the folder cannot be read
        return []
    return [x.name for x in runs if all((x / name).is_file() for name in needed)]


def latest_interrupted() -> str:
    """Return the name of the latest interrupted training.

    Raises ValueError if there is none.
    """
    return max(list_interrupted(), key=last_change)


def last_change(name: str) -> float:
    """Return when an interrupted training was last saved, in seconds of the epoch."""
    folder = run_folder(name)
    checkpoint, settings = folder / CHECKPOINT, folder / SETTINGS_FILE
    return (checkpoint if checkpoint.is_file() else settings).stat().st_mtime


def has_checkpoint(name: str) -> bool:
    """Return whether an interrupted training has saved an epoch."""
    return (run_folder(name) / CHECKPOINT).is_file()


def read_epochs(name: str) -> list[Epoch]:
    """Return the epochs of an interrupted training; none if they cannot be read."""
    if not has_checkpoint(name):
        return []
    try:
        path = run_folder(name) / CHECKPOINT
        with path.open("rb") as stream, np.load(stream) as file:
            epochs = json.loads(str(file["state"]))["epochs"]
        return [Epoch(**epoch) for epoch in epochs]
    except (OSError, EOFError, KeyError, TypeError, ValueError, zipfile.BadZipFile):
        return []
