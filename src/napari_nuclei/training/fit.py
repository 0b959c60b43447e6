"""The training loop: steps, validation, early stopping, checkpoints and resuming."""

from __future__ import annotations

import json
import math
import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from napari_nuclei.config import TrainConfig
from napari_nuclei.core.tiling import Progress
from napari_nuclei.model.losses import accuracy, dice, iou, nuclei_loss
from napari_nuclei.training.devices import Trainee
from napari_nuclei.training.patches import Source, draw_batch, source_weights
from napari_nuclei.training.work import CHECKPOINT

WARM_UP = 0.04
"""Share of training in which the learning rate rises to its highest."""

EVALUATION_BATCH = 16

Arrays = list[NDArray[Any]]
Patches = tuple[NDArray[np.float32], NDArray[np.float32]]


@dataclass(frozen=True, slots=True)
class Epoch:
    """What one epoch came to.

    Attributes
    ----------
    number : int
        From 1.
    seconds : float
        Since training began, earlier runs included.
    train, validation : dict
        Loss, accuracy, dice and iou: the mean over the epoch's batches as they were
        learnt, and those of the validation patches at its end.
    """

    number: int
    seconds: float
    train: dict[str, float]
    validation: dict[str, float]

    def as_row(self) -> dict[str, float]:
        """Return one flat row of a table."""
        row: dict[str, float] = {
            "epoch": self.number,
            "seconds": round(self.seconds, 1),
        }
        row |= {name: round(value, 5) for name, value in self.train.items()}
        row |= {f"val_{k}": round(v, 5) for k, v in self.validation.items()}
        return row


@dataclass(slots=True)
class State:
    """Where training stands; all that a later run needs beside the weights.

    `figures` are those of each batch so far of the epoch that is not whole yet.
    """

    step: int = 0
    seconds: float = 0.0
    best_epoch: int = 0
    best_loss: float = math.inf
    ended: str = ""
    epochs: list[Epoch] = field(default_factory=list)
    figures: list[dict[str, float]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Hooks:
    """What the loop calls as it goes.

    Attributes
    ----------
    progress : callable, optional
        Is told (done, total) in steps.
    epoch : callable, optional
        Is given each finished `Epoch` and the network, with the averaged weights.
    stop : callable, optional
        Returns True to end after the present step.
    """

    progress: Progress | None = None
    epoch: Callable[[Epoch, keras.Model], None] | None = None
    stop: Callable[[], bool] | None = None


def learning_rate(done: float, highest: float) -> float:
    """Return the learning rate after a share `done` of training: rise, then cosine."""
    if done < WARM_UP:
        return highest * (0.05 + 0.95 * done / WARM_UP)
    fall = (min(done, 1.0) - WARM_UP) / (1 - WARM_UP)
    return highest * max(0.5 * (1 + math.cos(math.pi * fall)), 1e-3)


def steps_in_epoch(sources: Sequence[Source], config: TrainConfig) -> int:
    """Return the batches of an epoch: one look at about every part of the images."""
    if config.steps is not None:
        return config.steps
    if config.sampling == "resize":
        return max(1, round(len(sources) / config.batch))
    pixels: int = sum(s.images[0][..., 0].size for s in sources)
    return max(1, round(pixels / config.patch_size**2 / config.batch))


def loss_of_share(y_true: Any, y_pred: Any) -> Any:
    """Return the loss in an array of one: Keras averages no bare numbers over devices.

    It is that of the patches that one device sees.
    """
    return keras.ops.expand_dims(nuclei_loss(y_true, y_pred), 0)


def compile_model(model: keras.Model, config: TrainConfig) -> None:
    """Attach the optimizer, the loss and the metrics."""
    model.compile(
        keras.optimizers.AdamW(
            config.learning_rate, weight_decay=config.weight_decay, clipnorm=1.0
        ),
        loss=loss_of_share,
        metrics=[accuracy, dice, iou],
        jit_compile=False,  # XLA is several times slower here on a CPU
    )


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
    start = twin.get_weights()
    state, average, best = State(), start, start
    if keep_start and not resume:
        state.best_loss = evaluate_patches(model, validation)["loss"]
    if resume:
        state, average, best = load_checkpoint(folder, twin)
    weights = source_weights(sources)
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
        return draw_batch(sources, weights, config, rng)

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
            model.set_weights(average)
            number, left = -(-state.step // per_epoch), state.step % per_epoch
            learnt, judged = mean_of(state.figures), evaluate_patches(model, validation)
            epoch = Epoch(number, seconds, learnt, judged)
            if not left:
                state.figures = []
            state.epochs.append(epoch)
            loss = epoch.validation["loss"]
            worse = loss >= state.best_loss or math.isnan(loss)
            if not worse or not (state.best_epoch or keep_start):
                state.best_loss, state.best_epoch, best = loss, number, average
            state.ended = state.ended or why_end(state, config, total)
            if hooks.epoch:
                hooks.epoch(epoch, model)
            state.seconds = time.monotonic() - began
            save_checkpoint(folder, twin, state, average, best)
        coming.cancel()
    learnt = average if config.keep == "last" else best
    model.set_weights(mixed(start, learnt, config.blend))
    return state


def why_end(state: State, config: TrainConfig, total: int) -> str:
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


def mean_of(figures: Sequence[dict[str, float]]) -> dict[str, float]:
    """Return the mean of each figure over batches.

    Examples
    --------
    >>> mean_of([{"loss": 1.0, "dice": 0.5}, {"loss": 0.5, "dice": 1.0}])
    {'loss': 0.75, 'dice': 0.75}
    """
    return {
        name: math.fsum(one[name] for one in figures) / len(figures)
        for name in figures[0]
    }


def mixed(one: Arrays, other: Arrays, share: float) -> Arrays:
    """Return weights between `one`, at a share of 0, and `other`, at 1."""
    if share == 1:
        return other
    return [(1 - share) * a + share * b for a, b in zip(one, other, strict=True)]


def averaged(average: Arrays, latest: Arrays, momentum: float, step: int) -> Arrays:
    """Return the moving average of weights; it forgets faster in the first steps."""
    return mixed(latest, average, min(momentum, step / (step + 10)) if momentum else 0)


def evaluate_patches(model: keras.Model, patches: Patches) -> dict[str, float]:
    """Return loss, accuracy, dice and iou over patches, in inference mode."""
    logs = model.evaluate(
        *patches, batch_size=EVALUATION_BATCH, verbose=0, return_dict=True
    )
    return {name: float(value) for name, value in logs.items()}


def save_checkpoint(
    folder: Path, model: keras.Model, state: State, average: Arrays, best: Arrays
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


def load_checkpoint(folder: Path, model: keras.Model) -> tuple[State, Arrays, Arrays]:
    """Give `model` the weights of a checkpoint; return its state, average and best."""
    path = folder / CHECKPOINT
    if not path.is_file():
        raise FileNotFoundError(f"there is no training to resume in {folder}")
    with np.load(path) as file:
        fields = json.loads(str(file["state"]))
        groups: dict[str, Arrays] = {}
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
    return State(**fields), groups["average"], groups["best"]


def settle_batchnorm(
    model: keras.Model,
    sources: Sequence[Source],
    config: TrainConfig,
    batches: int = 32,
) -> None:
    """Recompute the statistics of batch normalisation with the weights as they are.

    The moving statistics trail behind weights that still change, and do not belong to
    averaged weights; a plain mean over fresh batches does.
    """
    norms = [x for x in model.layers if isinstance(x, keras.layers.BatchNormalization)]
    momenta = [layer.momentum for layer in norms]
    weights = source_weights(sources)
    sized = min(config.batch, 32)
    try:
        for number in range(batches):
            rng = np.random.default_rng([config.seed, 1 << 31, number])
            images, _ = draw_batch(sources, weights, config, rng)
            for layer in norms:
                layer.momentum = number / (number + 1)
            model(images[:sized], training=True)
    finally:
        for layer, momentum in zip(norms, momenta, strict=True):
            layer.momentum = momentum


def check_inference_mode(
    model: keras.Model, patches: Patches, tolerance: float = 0.05
) -> None:
    """Raise RuntimeError if the network is worse in inference than in training mode.

    Batch normalisation whose statistics lag gives empty masks at inference though
    every figure seen in training was fine.
    """
    both: dict[bool, list[float]] = {False: [], True: []}
    images, targets = (part[: 4 * EVALUATION_BATCH] for part in patches)
    kept = model.get_weights()
    for first in range(0, len(images), EVALUATION_BATCH):
        chunk = slice(first, first + EVALUATION_BATCH)
        for training in both:
            found = model(images[chunk], training=training)
            both[training].append(float(dice(targets[chunk], found)))
    model.set_weights(kept)  # training mode has moved the statistics
    inference, trained = float(np.mean(both[False])), float(np.mean(both[True]))
    if inference < trained - tolerance:
        raise RuntimeError(
            f"the network's Dice is {inference:.3f} at inference but {trained:.3f} in "
            "training mode: the statistics of batch normalisation have not settled. "
            "Train for more steps or with larger batches"
        )
