"""Recalibrate the statistics of batch normalisation after training."""

from __future__ import annotations

from collections.abc import Sequence
from time import monotonic

import keras
import numpy as np

from napari_nuclei.config import TrainConfig
from napari_nuclei.model.losses import dice
from napari_nuclei.training.loop.compile import (
    EVALUATION_BATCH,
    Patches,
    compile_model,
    evaluate_patches,
)
from napari_nuclei.training.sampling.patches import sample_batch
from napari_nuclei.training.sampling.pyramid import SamplePyramid
from napari_nuclei.training.sampling.source_weights import sampling_weights

TOLERANCE = 0.05
"""By how much the Dice may be lower at inference than in training mode."""

MIN_BATCHES = 4
"""Batches from which statistics are computed, at least."""


def recalibrate_batch_norm(
    model: keras.Model,
    sources: Sequence[SamplePyramid],
    patches: Patches,
    config: TrainConfig,
    seconds: float | None = None,
) -> None:
    """Recompute batch normalisation statistics if that lowers the validation loss.

    They are recomputed too if those of the training do not fit the weights, as after
    few steps.

    Parameters
    ----------
    model : keras.Model
        Changed in place.
    sources : sequence of SamplePyramid
        Training images.
    patches : tuple of ndarray
        Validation images and targets.
    config : TrainConfig
    seconds : float, optional
        Longest time for the new batches.

    Raises
    ------
    RuntimeError
        If the network is worse in inference mode, see `check_inference_mode`.
    """
    compile_model(model, config)  # only its fused copy was compiled
    before = model.get_weights()
    loss = evaluate_patches(model, patches)["loss"]
    estimate_batch_norm(model, sources, config, seconds=seconds)
    estimated = model.get_weights()
    if evaluate_patches(model, patches)["loss"] > loss:
        model.set_weights(before)
        inference, trained = compare_modes(model, patches)
        if inference >= trained - TOLERANCE:
            return
        model.set_weights(estimated)
    check_inference_mode(model, patches)


def estimate_batch_norm(
    model: keras.Model,
    sources: Sequence[SamplePyramid],
    config: TrainConfig,
    batches: int = 32,
    *,
    seconds: float | None = None,
) -> None:
    """Set the statistics of batch normalisation to the mean over new batches.

    Moving statistics lag behind changing weights and do not fit averaged weights.

    Parameters
    ----------
    model : keras.Model
        Changed in place.
    sources : sequence of SamplePyramid
    config : TrainConfig
    batches : int
    seconds : float, optional
        After this time, no batch follows the first `MIN_BATCHES`.
    """
    started = monotonic()
    layers = [x for x in model.layers if isinstance(x, keras.layers.BatchNormalization)]
    momenta = [layer.momentum for layer in layers]
    weights = sampling_weights(sources)
    size = min(config.batch, 32)
    try:
        for number in range(batches):
            is_late = seconds is not None and monotonic() - started > seconds
            if is_late and number >= MIN_BATCHES:
                break
            rng = np.random.default_rng([config.seed, 1 << 31, number])
            images, _ = sample_batch(sources, weights, config, rng)
            for layer in layers:
                layer.momentum = number / (number + 1)
            model(images[:size], training=True)
    finally:
        for layer, momentum in zip(layers, momenta, strict=True):
            layer.momentum = momentum


def check_inference_mode(model: keras.Model, patches: Patches) -> None:
    """Raise RuntimeError if the network is worse in inference than in training mode.

    With lagging batch normalisation statistics the masks are empty at inference, even
    if all metrics during training were good.
    """
    inference, trained = compare_modes(model, patches)
    if inference < trained - TOLERANCE:
        raise RuntimeError(
            f"The Dice of the network is {inference:.3f} at inference but "
            f"{trained:.3f} in training mode: batch normalisation needs more data. "
            "Train for more steps, at least 100 in all (--epochs, --steps)"
        )


def compare_modes(model: keras.Model, patches: Patches) -> tuple[float, float]:
    """Return the Dice of a network in inference mode and in training mode."""
    scores: dict[bool, list[float]] = {False: [], True: []}
    images, targets = (part[: 4 * EVALUATION_BATCH] for part in patches)
    weights = model.get_weights()
    for first in range(0, len(images), EVALUATION_BATCH):
        chunk = slice(first, first + EVALUATION_BATCH)
        for training in scores:
            output = model(images[chunk], training=training)
            scores[training].append(float(dice(targets[chunk], output)))
    model.set_weights(weights)  # training mode changed the statistics
    return float(np.mean(scores[False])), float(np.mean(scores[True]))
