"""Where a training keeps its notes until it is done; read without TensorFlow."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from napari_nuclei.config import TrainConfig
from napari_nuclei.model.store import ANNOTATIONS_FILE, models_folder

CHECKPOINT = "checkpoint.npz"
SETTINGS_FILE = "order.json"
"""What a training was told to do."""

PREVIEW_FILE = "latest.png"
"""A validation patch, and beside it the nuclei found there after the last epoch."""


def run_folder(name: str) -> Path:
    """Return where a training of that name keeps its checkpoint, logs and figures."""
    return models_folder() / ".training" / name


@dataclass(frozen=True, slots=True)
class RunSettings:
    """What a training was told to do.

    Attributes
    ----------
    config : TrainConfig
    base : str, optional
        The model it began from.
    about : dict
        For the model's card.
    """

    config: TrainConfig
    base: str | None
    about: dict[str, Any]


def read_run_settings(name: str) -> RunSettings:
    """Return what an interrupted training was told to do.

    Raises
    ------
    OSError, ValueError
        If its notes cannot be read.
    """
    path = run_folder(name) / SETTINGS_FILE
    try:
        settings = json.loads(path.read_text(encoding="utf-8"))
        config = TrainConfig.from_dict(settings["config"])
        return RunSettings(config, settings["base"], settings["about"])
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(
            f"{path} cannot be read; train {name} anew, or remove {path.parent}"
        ) from error


def list_interrupted() -> list[str]:
    """Return the names of trainings that can be gone on with."""
    folder = models_folder() / ".training"
    needed = (CHECKPOINT, SETTINGS_FILE, ANNOTATIONS_FILE)
    places = sorted(folder.iterdir()) if folder.is_dir() else ()
    return [x.name for x in places if all((x / name).is_file() for name in needed)]


def latest_interrupted() -> str:
    """Return the interrupted training that was written to last; there must be one."""
    return max(
        list_interrupted(),
        key=lambda name: (run_folder(name) / CHECKPOINT).stat().st_mtime,
    )
