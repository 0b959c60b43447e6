"""How long a training goes on, and how large its steps are."""

from __future__ import annotations

import math
from collections.abc import Sequence

from napari_nuclei.config import TrainConfig
from napari_nuclei.training.loop.state import TrainingState
from napari_nuclei.training.sampling.pyramid import SamplePyramid

WARM_UP = 0.04
"""Share of training in which the learning rate rises to its highest."""


def learning_rate(done: float, highest: float) -> float:
    """Return the learning rate after a share `done` of training: rise, then cosine."""
    if done < WARM_UP:
        return highest * (0.05 + 0.95 * done / WARM_UP)
    fall = (min(done, 1.0) - WARM_UP) / (1 - WARM_UP)
    return highest * max(0.5 * (1 + math.cos(math.pi * fall)), 1e-3)


def steps_per_epoch(sources: Sequence[SamplePyramid], config: TrainConfig) -> int:
    """Return the batches of an epoch: one look at about every part of the images."""
    if config.steps is not None:
        return config.steps
    if config.sampling == "resize":
        return max(1, round(len(sources) / config.batch))
    pixels: int = sum(s.images[0][..., 0].size for s in sources)
    return max(1, round(pixels / config.patch_size**2 / config.batch))


def stop_reason(state: TrainingState, config: TrainConfig, total: int) -> str:
    """Return why training ends where it stands; empty if it goes on.

    It is asked of a checkpoint too, so that resuming with more epochs or a larger
    budget trains on.
    """
    if state.step >= total:
        return "finished"
    if config.budget and state.seconds >= config.budget:
        return "budget"
    if state.epochs and state.epochs[-1].number - state.best_epoch >= config.patience:
        return "early"
    return ""
