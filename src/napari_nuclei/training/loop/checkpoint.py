"""Checkpoints: all that a later run needs to go on with a training."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path

import keras
import numpy as np

from napari_nuclei.training.loop.run_folder import CHECKPOINT
from napari_nuclei.training.loop.state import Epoch, TrainingState
from napari_nuclei.training.weight_interpolation import Weights


def save_checkpoint(
    folder: Path,
    model: keras.Model,
    state: TrainingState,
    average: Weights,
    best: Weights,
) -> None:
    """Write all that `load_checkpoint` needs; the last one stays until it is done."""
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
    np.savez(partial, **arrays)
    os.replace(partial, folder / CHECKPOINT)


def load_checkpoint(
    folder: Path, model: keras.Model
) -> tuple[TrainingState, Weights, Weights]:
    """Give `model` the weights of a checkpoint; return its state, average and best."""
    path = folder / CHECKPOINT
    if not path.is_file():
        raise FileNotFoundError(f"there is no training to resume in {folder}")
    with np.load(path) as file:
        fields = json.loads(str(file["state"]))
        groups: dict[str, Weights] = {}
        for name in ("weights", "optimizer", "average", "best"):
            keys = sorted(key for key in file.files if key.startswith(name))
            groups[name] = [file[key] for key in keys]
    try:
        model.set_weights(groups["weights"])
        for variable, value in zip(
            model.optimizer.variables, groups["optimizer"], strict=True
        ):
            variable.assign(value)
    except ValueError as error:
        raise ValueError(
            f"the training in {folder} was of another network; give the same settings "
            "as it began with"
        ) from error
    fields["epochs"] = [Epoch(**epoch) for epoch in fields["epochs"]]
    return TrainingState(**fields), groups["average"], groups["best"]
