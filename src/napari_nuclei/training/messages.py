"""Describe a training run in sentences: what it starts from, and why it ended."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from napari_nuclei.config import TrainConfig
from napari_nuclei.core.diameter import object_areas
from napari_nuclei.core.measure.counts import counted
from napari_nuclei.data.datasets import Sample
from napari_nuclei.data.mask_report import describe_masks
from napari_nuclei.model.store import DEFAULT_MODEL
from napari_nuclei.training.lazy_data import LazyData
from napari_nuclei.training.loop.state import TrainingState

if TYPE_CHECKING:
    from napari_nuclei.training.setup import TrainingSetup

FEW_STEPS = 100
"""A network is hardly trained after fewer steps."""


def describe_start(
    config: TrainConfig,
    base: str | Path | None,
    *,
    hint: str = f"--from {DEFAULT_MODEL}",
) -> str:
    """Say which weights a training run starts from.

    Parameters
    ----------
    config : TrainConfig
    base : str, optional
        Name or folder of the base model.
    hint : str
        What the user adds to the command or call to start from the bundled model.

    Examples
    --------
    >>> describe_start(TrainConfig(), None)
    'Starts from random weights (to fine-tune the bundled model: --from nuclei)'
    """
    if base and config.encoder_only:
        return f"Starts from the encoder of {base}; the decoder has random weights"
    if base:
        return f"Fine-tunes the model {base}"
    if config.model.encoder_weights:
        return f"Starts from the weights {config.model.encoder_weights}"
    return f"Starts from random weights (to fine-tune the bundled model: {hint})"


def describe_lazy_data(lazy: LazyData, config: TrainConfig) -> list[str]:
    """Say which data sets a training run draws from, and what is read first.

    Parameters
    ----------
    lazy : LazyData
    config : TrainConfig
        The settings as requested.
    """
    lines = describe_masks([*lazy.probe, *lazy.held_out])
    sets = lazy.files.sets
    for dataset in sets:
        weight = f", weight {dataset.weight:g}" if len(sets) > 1 else ""
        lines.append(
            f"{dataset.info.name}: {counted(len(dataset.training), 'image')} for "
            f"training, {len(dataset.validation)} for validation{weight}"
        )
    if not lazy.is_complete:
        lines.append(
            f"Images are read when they are drawn; {len(lazy.probe)} of "
            f"{len(lazy.files.training)} were read to measure their nuclei"
        )
        if config.keep_annotations:
            lines.append(
                "The annotations are not saved with the model, since not all have been "
                "read"
            )
    return lines


def describe_data(setup: TrainingSetup, requested: TrainConfig) -> list[str]:
    """Say how many images, nuclei and steps a training run has.

    Parameters
    ----------
    setup : TrainingSetup
    requested : TrainConfig
        The settings before the setup.
    """
    config = setup.config
    lazy = setup.lazy
    training = (
        count_annotations(setup.samples)
        if lazy is None or lazy.is_complete
        else counted(len(lazy.files.training), "image")
    )
    lines = [
        f"Trains on {training}; validates on {count_annotations(setup.held_out)}",
        f"{counted(config.steps or 0, 'step')} an epoch, {config.batch} patches of "
        f"{config.patch_size} x {config.patch_size} px a step",
    ]
    if config.batch != requested.batch:
        lines.append(
            f"Batches have {config.batch} instead of {requested.batch} patches, since "
            "these images fill few batches; if steps is given, batches keep their "
            "size"
        )
    steps = (config.steps or 0) * config.epochs
    if steps < FEW_STEPS:
        lines.append(
            f"Only {counted(steps, 'step')} in all, which is few: raise epochs or steps"
        )
    return lines


def count_annotations(samples: list[Sample]) -> str:
    """Return the numbers of images and of nuclei as text.

    Parts of one image count as one image each.
    """
    nuclei = sum(len(object_areas(sample.labels)) for sample in samples)
    return f"{counted(len(samples), 'image')} with {counted(nuclei, 'nucleus')}"


def describe_end(state: TrainingState, config: TrainConfig) -> list[str]:
    """Say why a training run ended, and which epoch was the best.

    Parameters
    ----------
    state : TrainingState
    config : TrainConfig
        With the budget that the user set.

    Examples
    --------
    >>> state = TrainingState(step=230, ended="early", best_epoch=15)
    >>> describe_end(state, TrainConfig(steps=10))
    ['Ended by early stopping at epoch 23 (230 steps); best epoch 15']
    """
    steps = config.steps or 1
    epoch = -(-state.step // steps)
    reasons = {
        "finished": f"Ended after {'all ' * (epoch != 1)}{counted(epoch, 'epoch')}",
        "early": f"Ended by early stopping at epoch {epoch}",
        "budget": f"Ended by the budget of {config.budget or 0:g} s at epoch {epoch}",
        "callback": f"Ended by a callback at epoch {epoch}",
        "stopped": f"Stopped at epoch {epoch}",
    }
    reason = reasons.get(state.ended, f"Ended at epoch {epoch}")
    best = f"best epoch {state.best_epoch}" if state.best_epoch else "none was better"
    lines = [f"{reason} ({counted(state.step, 'step')}); {best}"]
    if not state.best_epoch:
        lines[0] += " than the start"
    if state.ended == "budget" and state.step < FEW_STEPS:
        lines.append(
            f"Few steps for a training: raise budget or lower batch (now "
            f"{config.batch})"
        )
    return lines
