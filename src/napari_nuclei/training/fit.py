"""The training loop: steps, validation, the best weights and checkpoints."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np

from napari_nuclei.config import TrainConfig
from napari_nuclei.core.tiling import Progress
from napari_nuclei.training.averages import averaged, mixed
from napari_nuclei.training.checkpoint import load_checkpoint, save_checkpoint
from napari_nuclei.training.compiled import Patches, compile_model, evaluate_patches
from napari_nuclei.training.devices import Trainee
from napari_nuclei.training.patches import draw_batch
from napari_nuclei.training.prepared import Source, source_weights
from napari_nuclei.training.schedule import learning_rate, steps_in_epoch, why_end
from napari_nuclei.training.stain import stain_brown
from napari_nuclei.training.state import Epoch, State, mean_of
from napari_nuclei.training.teacher import Teacher


@dataclass(frozen=True, slots=True)
class Hooks:
    """What the loop calls as it goes.

    Attributes
    ----------
    progress : callable, optional
        Is told (done, total) in steps.
    epoch : callable, optional
        Is given each finished `Epoch` and the network, as it would end now.
    stop : callable, optional
        Returns True to end after the present step.
    """

    progress: Progress | None = None
    epoch: Callable[[Epoch, keras.Model], None] | None = None
    stop: Callable[[], bool] | None = None


def fit(
    model: keras.Model,
    sources: Sequence[Source],
    validation: Patches,
    config: TrainConfig,
    folder: Path,
    *,
    hooks: Hooks | None = None,
    resume: bool = False,
    keep_start: bool = False,
) -> State:
    """Train a network; it ends with its best weights, or its last as `config` says.

    Where `config.blend` is below 1, what is judged after an epoch, and what the network
    ends with, lies between the weights that it began with and those learnt.

    Parameters
    ----------
    model : keras.Model
        Changed in place.
    sources : sequence of Source
    validation : images and targets
        As `fixed_patches` gives them.
    config : TrainConfig
    folder : Path
        Holds the checkpoint that a later run can resume.
    hooks : Hooks, optional
    resume : bool
        Go on from the checkpoint in `folder`.
    keep_start : bool
        The weights that training begins with are the best until an epoch beats them.

    Returns
    -------
    State
        `ended` says why training ended: finished, early, budget or stopped.

    Raises
    ------
    OSError
        If there is no checkpoint to resume, or one cannot be written.
    """
    hooks = hooks or Hooks()
    trainee = Trainee(model, config, compile_model)
    twin = trainee.twin
    compile_model(model, config)  # it judges what its twin has learnt
    start, blend = twin.get_weights(), 1.0 if config.blend is None else config.blend
    state, average, best = State(), start, start
    if keep_start and not resume:
        state.best_loss = evaluate_patches(model, validation)["loss"]
    if resume:
        state, average, best = load_checkpoint(folder, twin)
    weights = source_weights(sources)
    teacher = None if config.teacher is None else Teacher(config.teacher)
    per_epoch = steps_in_epoch(sources, config)
    total = per_epoch * config.epochs
    state.ended = why_end(state, config, total)
    if state.ended == "finished" and state.step < total:
        state.ended = ""
    while not state.ended and len(state.epochs) > state.step // per_epoch:
        state.epochs.pop()  # it was cut short, and is told of when it is whole
    began = time.monotonic() - state.seconds

    def batch(step: int) -> Patches:
        rng = np.random.default_rng([config.seed, step])
        images, targets = draw_batch(sources, weights, config, rng)
        if teacher:
            targets = teacher(images, targets)
        # The teacher has not met such colours, which the other learns.
        return stain_brown(images, targets, config.augment.brown, rng), targets

    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(batch, state.step)
        while not state.ended:
            images, targets = coming.result()
            coming = pool.submit(batch, state.step + 1)
            share = state.step / total
            if config.budget:
                share = max(share, (time.monotonic() - began) / config.budget)
            twin.optimizer.learning_rate = learning_rate(share, config.learning_rate)
            state.figures.append(trainee.step(images, targets))
            state.step += 1
            average = averaged(average, twin.get_weights(), config.ema, state.step)
            if hooks.progress:
                hooks.progress(state.step, total)
            state.seconds = seconds = time.monotonic() - began
            state.ended = why_end(state, config, total)
            if not state.ended and hooks.stop and hooks.stop():
                state.ended = "stopped"
            if state.step % per_epoch and not state.ended:
                continue
            found = mixed(start, average, blend)
            model.set_weights(found)
            number, left = -(-state.step // per_epoch), state.step % per_epoch
            learnt, judged = mean_of(state.figures), evaluate_patches(model, validation)
            epoch = Epoch(number, seconds, learnt, judged)
            if not left:
                state.figures = []
            state.epochs.append(epoch)
            loss = epoch.validation["loss"]
            worse = loss >= state.best_loss or math.isnan(loss)
            if not worse or not (state.best_epoch or keep_start):
                state.best_loss, state.best_epoch, best = loss, number, found
            state.ended = state.ended or why_end(state, config, total)
            if hooks.epoch:
                hooks.epoch(epoch, model)
            state.seconds = time.monotonic() - began
            save_checkpoint(folder, twin, state, average, best)
        coming.cancel()
    model.set_weights(mixed(start, average, blend) if config.keep == "last" else best)
    return state
