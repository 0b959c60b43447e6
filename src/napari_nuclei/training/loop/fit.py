"""The training loop: steps, validation, the best weights and checkpoints."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import keras
import numpy as np

from napari_nuclei.config import TrainConfig
from napari_nuclei.training.loop.checkpoint import load_checkpoint, save_checkpoint
from napari_nuclei.training.loop.compile import Patches, compile_model, evaluate_patches
from napari_nuclei.training.loop.distillation import Distillation
from napari_nuclei.training.loop.distribution import Trainer
from napari_nuclei.training.loop.hooks import Hooks
from napari_nuclei.training.loop.remaining_time import RemainingTime
from napari_nuclei.training.loop.schedule import (
    learning_rate,
    steps_per_epoch,
    stop_reason,
)
from napari_nuclei.training.loop.state import Epoch, TrainingState, mean_metrics
from napari_nuclei.training.sampling.patches import sample_batch
from napari_nuclei.training.sampling.pyramid import Floats, SamplePyramid
from napari_nuclei.training.sampling.source_weights import sampling_weights
from napari_nuclei.training.sampling.stain_augment import augment_dab
from napari_nuclei.training.weight_interpolation import (
    INTERPOLATION_FACTORS,
    Weights,
    find_larger_factor,
    interpolate_weights,
    update_moving_average,
)


def fit(
    model: keras.Model,
    sources: Sequence[SamplePyramid],
    validation: Patches,
    config: TrainConfig,
    folder: Path,
    *,
    hooks: Hooks | None = None,
    resume: bool = False,
    start_is_best: bool = False,
    min_loss_reduction: float | None = None,
) -> TrainingState:
    """Train a network; at the end it has the weights that `config.keep` selects.

    With `config.finetuned_weight` below 1, the validated weights and the final ones
    are interpolated between the initial and the trained weights.

    Parameters
    ----------
    model : keras.Model
        Changed in place.
    sources : sequence of SamplePyramid
        Training images.
    validation : tuple of ndarray
        Images and targets, as returned by `build_validation_patches`.
    config : TrainConfig
    folder : Path
        Folder for the checkpoint.
    hooks : Hooks, optional
    resume : bool
        Continue from the checkpoint in `folder`.
    start_is_best : bool
        Count the initial weights as the best until an epoch has a lower validation
        loss.
    min_loss_reduction : float, optional
        With `start_is_best`, choose a larger factor than `config.finetuned_weight` at
        the end if that lowers the validation loss by at least this fraction. None does
        not try.

    Returns
    -------
    TrainingState
        `ended` is finished, early, budget, callback or stopped.

    Raises
    ------
    OSError
        If there is no checkpoint to resume, or it cannot be written.
    ValueError
        If the checkpoint belongs to another network.
    """
    loop = TrainingLoop(model, sources, validation, config, folder, hooks or Hooks())
    trials = 0 if min_loss_reduction is None else len(INTERPOLATION_FACTORS) - 1
    loop.start(resume=resume, start_is_best=start_is_best, trials=trials)
    loop.callbacks.on_train_begin()
    with ThreadPoolExecutor(1) as pool:
        next_batch = pool.submit(loop.batch, loop.state.step)
        while not loop.state.ended:
            images, targets = next_batch.result()
            next_batch = pool.submit(loop.batch, loop.state.step + 1)
            loop.step(images, targets)
        next_batch.cancel()
    loop.callbacks.on_train_end()
    loop.finish(min_loss_reduction=min_loss_reduction)
    return loop.state


class TrainingLoop:
    """A running training: its weights, their average and the best weights so far.

    Parameters
    ----------
    model, sources, validation, config, folder, hooks
        See `fit`.

    Attributes
    ----------
    state : TrainingState
    callbacks : keras.callbacks.CallbackList
    """

    def __init__(
        self,
        model: keras.Model,
        sources: Sequence[SamplePyramid],
        validation: Patches,
        config: TrainConfig,
        folder: Path,
        hooks: Hooks,
    ) -> None:
        self._start_time = time.monotonic()
        self.model, self.config, self.hooks = model, config, hooks
        self._sources, self._validation, self._folder = sources, validation, folder
        compile_fn = partial(compile_model, metrics=hooks.metrics)
        self._trainer = Trainer(model, config, compile_fn)
        self._training_model = self._trainer.training_model
        compile_fn(model, config)  # this model evaluates the fused copy's weights
        model.stop_training = False
        self.callbacks = keras.callbacks.CallbackList(
            list(hooks.callbacks), model=model
        )
        self._distillation = (
            None if config.distill_from is None else Distillation(config.distill_from)
        )
        self._sampling_weights = sampling_weights(sources)
        self._steps_per_epoch = steps_per_epoch(sources, config)
        self._total = self._steps_per_epoch * config.epochs
        self._start_weights = self._average = self._best = (
            self._training_model.get_weights()
        )
        self._start_is_best, self._remaining = False, RemainingTime()
        self._interpolation_factor = (
            1.0 if config.finetuned_weight is None else config.finetuned_weight
        )
        self.state = TrainingState()

    def start(self, *, resume: bool, start_is_best: bool, trials: int = 0) -> None:
        """Start at the first step, or continue from the checkpoint.

        At the end, `trials` interpolation factors are tried within the budget.
        """
        self._start_is_best, self._remaining = start_is_best, RemainingTime(trials)
        if resume:
            self.state, self._average, self._best = load_checkpoint(
                self._folder, self._training_model
            )
        elif start_is_best:
            loss = self._validate(self._start_weights)["loss"]
            self.state.base_loss = self.state.best_loss = loss
        elif self.config.budget:
            self._validate(self._start_weights)  # to measure its time
        state = self.state
        state.ended = stop_reason(state, self.config, self._total)
        if state.ended == "finished" and state.step < self._total:
            state.ended = ""
        complete = state.step // self._steps_per_epoch
        if not state.ended:
            del state.epochs[complete:]  # an epoch that was stopped is repeated
        if resume:
            self._start_time = time.monotonic() - state.seconds

    def batch(self, step: int) -> Patches:
        """Sample the batch of a step; it depends on the seed and the step only."""
        rng = np.random.default_rng([self.config.seed, step])
        images, targets = sample_batch(
            self._sources, self._sampling_weights, self.config, rng
        )
        # Before recolouring, since the distilled model knows the original colours.
        if self._distillation:
            targets = self._distillation(images, targets)
        return augment_dab(images, targets, self.config.augment.dab, rng), targets

    def step(self, images: Floats, targets: Floats) -> None:
        """Train on a batch; at the end of an epoch, validate and write a checkpoint."""
        state, config, started = self.state, self.config, time.monotonic()
        progress = state.step / self._total
        if config.budget:
            progress = max(progress, (started - self._start_time) / config.budget)
        self._training_model.optimizer.learning_rate = learning_rate(
            progress, config.learning_rate
        )
        epoch, batch = divmod(state.step, self._steps_per_epoch)
        if not state.batch_metrics:
            self.callbacks.on_epoch_begin(epoch)
        self.callbacks.on_train_batch_begin(batch)
        logs = self._trainer.step(images, targets)
        self.callbacks.on_train_batch_end(batch, logs)
        state.batch_metrics.append(logs)
        state.step += 1
        weights = self._training_model.get_weights()
        self._average = update_moving_average(
            self._average, weights, config.ema, state.step
        )
        if self.hooks.progress:
            self.hooks.progress(state.step, self._total)
        ended = time.monotonic()
        state.seconds = ended - self._start_time
        self._remaining.add_step(ended - started)
        state.ended = stop_reason(state, config, self._total, self._remaining.seconds)
        if not state.ended and self.hooks.stop and self.hooks.stop():
            state.ended = "stopped"
        if not state.step % self._steps_per_epoch or state.ended:
            self._end_epoch()

    def _end_epoch(self) -> None:
        """Validate the weights, remember the best ones, and write a checkpoint."""
        state, started = self.state, time.monotonic()
        weights = self._interpolated_weights()
        number, extra_steps = divmod(state.step, self._steps_per_epoch)
        number += extra_steps > 0
        validation = self._validate(weights)
        epoch = Epoch(
            number, state.seconds, mean_metrics(state.batch_metrics), validation
        )
        if not extra_steps:
            state.batch_metrics = []
        state.epochs.append(epoch)
        loss = epoch.validation["loss"]
        is_better = loss < state.best_loss
        if is_better or not (state.best_epoch or self._start_is_best):
            state.best_loss, state.best_epoch, self._best = loss, number, weights
        if self.hooks.epoch:
            self.hooks.epoch(epoch, self.model)
        logs = {f"val_{name}": value for name, value in validation.items()}
        self.callbacks.on_epoch_end(number - 1, epoch.train | logs)
        if self.model.stop_training and not state.ended:
            state.ended = "callback"
        ended = time.monotonic()
        state.seconds = ended - self._start_time
        self._remaining.add_epoch_end(ended - started)
        state.ended = state.ended or stop_reason(
            state, self.config, self._total, self._remaining.seconds
        )
        save_checkpoint(
            self._folder, self._training_model, state, self._average, self._best
        )

    def _interpolated_weights(self) -> Weights:
        """Return the interpolation between the initial and the averaged weights."""
        return interpolate_weights(
            self._start_weights, self._average, self._interpolation_factor
        )

    def _validate(self, weights: Weights) -> dict[str, float]:
        """Set the weights of the model and return its loss and metrics."""
        started = time.monotonic()
        self.model.set_weights(weights)
        metrics = evaluate_patches(self.model, self._validation)
        self._remaining.add_validation(time.monotonic() - started)
        return metrics

    def _loss_at(self, factor: float) -> float:
        """Return the validation loss at another interpolation factor."""
        weights = interpolate_weights(self._start_weights, self._average, factor)
        return self._validate(weights)["loss"]

    def finish(self, *, min_loss_reduction: float | None) -> None:
        """Set the final weights of the model."""
        weights, loss = self._best, self.state.best_loss
        if self.config.keep == "last":
            weights = self._interpolated_weights()
            loss = self.state.epochs[-1].validation["loss"]
        factor = None
        if min_loss_reduction is not None:
            factor = find_larger_factor(
                self._loss_at,
                {self._interpolation_factor: loss},
                self.state.base_loss,
                min_loss_reduction,
            )
        if factor is not None:
            self.state.finetuned_weight = factor
            weights = interpolate_weights(self._start_weights, self._average, factor)
        self.model.set_weights(weights)
