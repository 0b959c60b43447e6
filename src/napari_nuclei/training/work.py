"""Where a training keeps its notes until it is done; read without TensorFlow."""

from __future__ import annotations

from pathlib import Path

from napari_nuclei.model.store import ANNOTATIONS, models_folder

CHECKPOINT = "checkpoint.npz"
ORDER = "order.json"
"""What a training was told to do."""

LATEST = "latest.png"
"""A validation patch, and beside it the nuclei found there after the last epoch."""


def work_folder(name: str) -> Path:
    """Return where a training of that name keeps its checkpoint, logs and figures."""
    return models_folder() / ".training" / name


def interrupted() -> list[str]:
    """Return the names of trainings that can be gone on with."""
    folder = models_folder() / ".training"
    needed = (CHECKPOINT, ORDER, ANNOTATIONS)
    places = sorted(folder.iterdir()) if folder.is_dir() else ()
    return [x.name for x in places if all((x / name).is_file() for name in needed)]
