"""Learning rate, length of an epoch and end of a training run."""

from __future__ import annotations

import math
from collections.abc import Sequence

from napari_nuclei.config import TrainConfig
from napari_nuclei.training.loop.state import TrainingState
from napari_nuclei.training.sampling.pyramid import SamplePyramid

WARM_UP = 0.04
"""Fraction of a training run in which the learning rate rises."""


def learning_rate(progress: float, highest: float) -> float:
    """Return the learning rate: a linear warm-up, then half a cosine.

    Parameters
    ----------
    progress : float
        Fraction of the training that is done, 0 to 1.
    highest : float
        Learning rate at the end of the warm-up.
    """
    if progress < WARM_UP:
        return highest * (0.05 + 0.95 * progress / WARM_UP)
    decay = (min(progress, 1.0) - WARM_UP) / (1 - WARM_UP)
    return highest * max(0.5 * (1 + math.cos(math.pi * decay)), 1e-3)


def steps_per_epoch(sources: Sequence[SamplePyramid], config: TrainConfig) -> int:
    """Return the number of batches per epoch, which cover each image about once."""
    if config.steps is not None:
        return config.steps
    if config.sampling == "resize":
        return max(1, round(len(sources) / config.batch))
    pixels: int = sum(s.images[0][..., 0].size for s in sources)
    return max(1, round(pixels / config.patch_size**2 / config.batch))


def stop_reason(
    state: TrainingState, config: TrainConfig, total: int, reserve: float = 0.0
) -> str:
    """Return why a training run ends now; empty if it continues.

    Resuming checks a checkpoint with this function too, so that a training run resumed
    with more epochs or a larger budget continues.

    Parameters
    ----------
    state : TrainingState
    config : TrainConfig
    total : int
        Number of steps of the whole training.
    reserve : float
        Seconds that one more step and the end of the training take.

    Returns
    -------
    {"finished", "budget", "early", ""}
    """
    if state.step >= total:
        return "finished"
    if config.budget and state.seconds + reserve >= config.budget:
        return "budget"
    if state.epochs and state.epochs[-1].number - state.best_epoch >= config.patience:
        return "early"
    return ""
