"""The training loop: steps, validation, the best weights and checkpoints."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np

from napari_nuclei.config import TrainConfig
from napari_nuclei.core.tiling import Progress
from napari_nuclei.model.unet import BOTTLENECK_LAYER
from napari_nuclei.training.loop.checkpoint import load_checkpoint, save_checkpoint
from napari_nuclei.training.loop.compile import Patches, compile_model, evaluate_patches
from napari_nuclei.training.loop.distillation import Distillation
from napari_nuclei.training.loop.distribution import Trainer
from napari_nuclei.training.loop.schedule import (
    learning_rate,
    steps_per_epoch,
    stop_reason,
)
from napari_nuclei.training.loop.state import Epoch, TrainingState, mean_metrics
from napari_nuclei.training.sampling.patches import sample_batch
from napari_nuclei.training.sampling.pyramid import (
    Floats,
    SamplePyramid,
    sampling_weights,
)
from napari_nuclei.training.sampling.stain_augment import augment_dab
from napari_nuclei.training.weight_interpolation import (
    INTERPOLATION_FACTORS,
    Weights,
    interpolate_weights,
    select_factor,
    update_moving_average,
)


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
    """Train a network; it ends with its best weights, or its last as `config` says.

    If `config.finetuned_weight` is below 1, the weights that are evaluated after each
    epoch, and the final ones, are interpolated between the initial and the learnt ones.

    Parameters
    ----------
    model : keras.Model
        Changed in place.
    sources : sequence of SamplePyramid
    validation : images and targets
        As `build_validation_patches` gives them.
    config : TrainConfig
    folder : Path
        Holds the checkpoint that a later run can resume.
    hooks : Hooks, optional
    resume : bool
        Go on from the checkpoint in `folder`.
    start_is_best : bool
        The weights that training begins with are the best until an epoch beats them.
    min_loss_reduction : float, optional
        With `start_is_best`, use a larger weight than `config.finetuned_weight` if that
        lowers the validation loss by more than this fraction.

    Returns
    -------
    TrainingState
        `ended` says why training ended: finished, early, budget or stopped.

    Raises
    ------
    OSError
        If there is no checkpoint to resume, or one cannot be written.
    """
    course = TrainingLoop(model, sources, validation, config, folder, hooks or Hooks())
    course.begin(resume=resume, start_is_best=start_is_best)
    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(course.batch, course.state.step)
        while not course.state.ended:
            images, targets = coming.result()
            coming = pool.submit(course.batch, course.state.step + 1)
            course.step(images, targets)
        coming.cancel()
    course.finish(min_loss_reduction=min_loss_reduction)
    return course.state


class TrainingLoop:
    """A training on its way: weights, their average, and the best ones so far.

    Parameters
    ----------
    model, sources, validation, config, folder, hooks
        As of `fit`.
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
        self.model, self.config, self.hooks = model, config, hooks
        self._sources, self._validation, self._folder = sources, validation, folder
        self._trainer = Trainer(model, config, compile_model)
        self._training_model = self._trainer.training_model
        compile_model(model, config)  # it judges what its twin has learnt
        self._distillation = (
            None if config.distill_from is None else Distillation(config.distill_from)
        )
        self._sampling_weights = sampling_weights(sources)
        self._steps_per_epoch = steps_per_epoch(sources, config)
        self._total = self._steps_per_epoch * config.epochs
        self._start_weights = self._average = self._best = (
            self._training_model.get_weights()
        )
        self._start_is_best, self._began = False, 0.0
        self._interpolation_factor = (
            1.0 if config.finetuned_weight is None else config.finetuned_weight
        )
        self.state = TrainingState()

    def begin(self, *, resume: bool, start_is_best: bool) -> None:
        """Begin at the first step, or where a checkpoint was written."""
        self._start_is_best = start_is_best
        if resume:
            found = load_checkpoint(self._folder, self._training_model)
            self.state, self._average, self._best = found
        elif start_is_best:
            loss = self._validation_loss(self._start_weights)
            self.state.base_loss = self.state.best_loss = loss
        state = self.state
        state.ended = stop_reason(state, self.config, self._total)
        if state.ended == "finished" and state.step < self._total:
            state.ended = ""
        while (
            not state.ended and len(state.epochs) > state.step // self._steps_per_epoch
        ):
            state.epochs.pop()  # it was cut short, and is told of when it is whole
        self._began = time.monotonic() - state.seconds

    def batch(self, step: int) -> Patches:
        """Draw the batch of a step; the same one whenever it is asked for."""
        rng = np.random.default_rng([self.config.seed, step])
        images, targets = sample_batch(
            self._sources, self._sampling_weights, self.config, rng
        )
        # A teacher answers for the colours that it has met.
        if self._distillation:
            targets = self._distillation(images, targets)
        return augment_dab(images, targets, self.config.augment.dab, rng), targets

    def step(self, images: Floats, targets: Floats) -> None:
        """Learn from a batch; after the last of an epoch, judge and save."""
        state, config = self.state, self.config
        share = state.step / self._total
        if config.budget:
            share = max(share, (time.monotonic() - self._began) / config.budget)
        self._training_model.optimizer.learning_rate = learning_rate(
            share, config.learning_rate
        )
        state.figures.append(self._trainer.step(images, targets))
        state.step += 1
        weights = self._training_model.get_weights()
        self._average = update_moving_average(
            self._average, weights, config.ema, state.step
        )
        if self.hooks.progress:
            self.hooks.progress(state.step, self._total)
        state.seconds = time.monotonic() - self._began
        state.ended = stop_reason(state, config, self._total)
        if not state.ended and self.hooks.stop and self.hooks.stop():
            state.ended = "stopped"
        if not state.step % self._steps_per_epoch or state.ended:
            self._end_epoch()

    def _end_epoch(self) -> None:
        """Judge the weights so far, keep them if they are the best, and save all."""
        state, seconds = self.state, self.state.seconds
        found = self._interpolated_weights()
        self.model.set_weights(found)
        number, left = divmod(state.step, self._steps_per_epoch)
        number += left > 0
        judged = evaluate_patches(self.model, self._validation)
        epoch = Epoch(number, seconds, mean_metrics(state.figures), judged)
        if not left:
            state.figures = []
        state.epochs.append(epoch)
        loss = epoch.validation["loss"]
        worse = loss >= state.best_loss or math.isnan(loss)
        if not worse or not (state.best_epoch or self._start_is_best):
            state.best_loss, state.best_epoch, self._best = loss, number, found
        state.ended = state.ended or stop_reason(state, self.config, self._total)
        if self.hooks.epoch:
            self.hooks.epoch(epoch, self.model)
        state.seconds = time.monotonic() - self._began
        save_checkpoint(
            self._folder, self._training_model, state, self._average, self._best
        )

    def _interpolated_weights(self) -> Weights:
        """Return the averaged weights, mixed with those that training began with."""
        return interpolate_weights(
            self._start_weights, self._average, self._interpolation_factor
        )

    def _validation_loss(self, weights: Weights) -> float:
        """Return the validation loss of weights, which the model then has."""
        self.model.set_weights(weights)
        return evaluate_patches(self.model, self._validation)["loss"]

    def finish(self, *, min_loss_reduction: float | None) -> None:
        """Give the model the weights that it ends with."""
        found, loss = self._best, self.state.best_loss
        if self.config.keep == "last":
            found, loss = (
                self._interpolated_weights(),
                self.state.epochs[-1].validation["loss"],
            )
        share = (
            None
            if min_loss_reduction is None
            else self._find_larger_factor(loss, min_loss_reduction)
        )
        if share is not None:
            self.state.share = share
            found = interpolate_weights(self._start_weights, self._average, share)
        self.model.set_weights(found)

    def _find_larger_factor(self, loss: float, clearly: float) -> float | None:
        """Return a larger share of the weights learnt if it is better than `loss`."""
        before = self.state.base_loss
        larger = [
            share
            for share in INTERPOLATION_FACTORS
            if share > self._interpolation_factor
        ]
        if before is None or len(larger) < 2:  # there is no base, or little is left
            return None
        losses = {self._interpolation_factor: loss}
        for share in larger:
            losses[share] = self._validation_loss(
                interpolate_weights(self._start_weights, self._average, share)
            )
        share = select_factor(losses, before, clearly)
        return share if share > self._interpolation_factor else None


def freeze(model: keras.Model, config: TrainConfig) -> None:
    """Leave the layers of a network as they are that a configuration says."""
    layers = encoder_layers(model) if config.encoder == "keep" else []
    if config.batch_norm == "keep":
        norm = keras.layers.BatchNormalization
        layers += [layer for layer in model.layers if isinstance(layer, norm)]
    for layer in layers:
        layer.trainable = False


def unfreeze_layers(model: keras.Model) -> None:
    """Let all layers learn again."""
    for layer in model.layers:
        layer.trainable = True


def encoder_layers(model: keras.Model) -> list[Any]:
    """Return the layers through which the coarsest features come; none elsewhere."""
    if BOTTLENECK_LAYER not in {layer.name for layer in model.layers}:
        return []
    return list(
        keras.Model(model.input, model.get_layer(BOTTLENECK_LAYER).output).layers
    )
