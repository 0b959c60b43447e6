"""Files of a training that is not finished; read without TensorFlow."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from napari_nuclei.config import TrainConfig
from napari_nuclei.data.annotation_file import write_annotations
from napari_nuclei.data.datasets import Sample
from napari_nuclei.io.atomic import write_atomic
from napari_nuclei.model.store import ANNOTATIONS_FILE, models_folder
from napari_nuclei.training.loop.state import Epoch

CHECKPOINT = "checkpoint.npz"
SETTINGS_FILE = "order.json"
"""Settings of the training; the name dates from earlier versions."""

PREVIEW_FILE = "latest.png"
"""A validation patch, and the nuclei predicted in it after the latest epoch."""


def run_folder(name: str) -> Path:
    """Return the folder of checkpoint, logs and figures of a training."""
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


def list_interrupted() -> list[str]:
    """Return the names of the trainings that can be resumed.

    A training that was interrupted before its first checkpoint starts again, with the
    same settings and annotations.
    """
    folder = models_folder() / ".training"
    needed = (SETTINGS_FILE, ANNOTATIONS_FILE)
    runs = sorted(folder.iterdir()) if folder.is_dir() else ()
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
        with np.load(run_folder(name) / CHECKPOINT) as file:
            epochs = json.loads(str(file["state"]))["epochs"]
        return [Epoch(**epoch) for epoch in epochs]
    except (OSError, EOFError, KeyError, TypeError, ValueError, zipfile.BadZipFile):
        return []
