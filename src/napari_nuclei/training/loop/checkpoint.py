"""Write and read checkpoints, from which a training run can be resumed."""

from __future__ import annotations

import json
import os
import zipfile
import zlib
from dataclasses import asdict
from pathlib import Path

import keras
import numpy as np

from napari_nuclei.io.atomic import name_in_errors, sync_file
from napari_nuclei.training.loop.run_folder import CHECKPOINT
from napari_nuclei.training.loop.state import Epoch, TrainingState
from napari_nuclei.training.weight_interpolation import Weights

OLD_FIELDS = {"share": "finetuned_weight", "figures": "batch_metrics"}
"""Names of fields in checkpoints of earlier versions, and their present names."""


def save_checkpoint(
    folder: Path,
    model: keras.Model,
    state: TrainingState,
    average: Weights,
    best: Weights,
) -> None:
    """Write a checkpoint; the previous one is replaced at the end.

    Parameters
    ----------
    folder : Path
    model : keras.Model
        The compiled model that is trained.
    state : TrainingState
    average, best : list of ndarray
        Moving average of the weights, and the best weights so far.

    Raises
    ------
    OSError
        If the file cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    groups = {
        "weights": model.get_weights(),
        "optimizer": [np.asarray(v) for v in model.optimizer.variables],
        "average": average,
        "best": best,
    }
    arrays = {
        f"{k}{i:04}": a for k, group in groups.items() for i, a in enumerate(group)
    }
    arrays["state"] = np.array(json.dumps(asdict(state)))
    partial = folder / f"partial-{CHECKPOINT}"
    with name_in_errors(folder / CHECKPOINT, partial):
        np.savez(partial, **arrays)
        sync_file(partial)
        os.replace(partial, folder / CHECKPOINT)


def load_checkpoint(
    folder: Path, model: keras.Model
) -> tuple[TrainingState, Weights, Weights]:
    """Load a checkpoint into a compiled model.

    Returns
    -------
    state : TrainingState
    average, best : list of ndarray
        Moving average of the weights, and the best weights so far.

    Raises
    ------
    OSError
        If there is no checkpoint.
    ValueError
        If it belongs to another network.
    """
    path = folder / CHECKPOINT
    if not path.is_file():
        raise FileNotFoundError(
            f"There is no training to resume in {folder}: it was stopped before its "
            "first checkpoint, or had another name. Start it again without resuming"
        )
    try:
        with path.open("rb") as stream, np.load(stream) as file:
            fields = json.loads(str(file["state"]))
            groups: dict[str, Weights] = {}
            for name in ("weights", "optimizer", "average", "best"):
                keys = sorted(key for key in file.files if key.startswith(name))
                groups[name] = [file[key] for key in keys]
    except (EOFError, KeyError, ValueError, zipfile.BadZipFile, zlib.error) as error:
        raise ValueError(
            f"{path} is damaged. Remove the folder {folder} and start the training "
            "again"
        ) from error
    try:
        model.set_weights(groups["weights"])
        for variable, value in zip(
            model.optimizer.variables, groups["optimizer"], strict=True
        ):
            variable.assign(value)
    except ValueError as error:
        raise ValueError(
            f"The checkpoint in {folder} is of another network; resume with the "
            "settings that the training started with, or start it again"
        ) from error
    fields = {OLD_FIELDS.get(name, name): value for name, value in fields.items()}
    fields["epochs"] = [Epoch(**epoch) for epoch in fields["epochs"]]
    return TrainingState(**fields), groups["average"], groups["best"]
