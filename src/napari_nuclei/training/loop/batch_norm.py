"""Batch normalisation whose statistics belong to the weights that were learnt."""

from __future__ import annotations

from collections.abc import Sequence

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
from napari_nuclei.training.sampling.pyramid import SamplePyramid, sampling_weights


def recalibrate_batch_norm(
    model: keras.Model,
    sources: Sequence[SamplePyramid],
    patches: Patches,
    config: TrainConfig,
) -> None:
    """Recompute batch normalisation if that is better on validation, and check it."""
    compile_model(model, config)  # it is its twin that was trained
    before = model.get_weights()
    loss = evaluate_patches(model, patches)["loss"]
    estimate_batch_norm(model, sources, config)
    if evaluate_patches(model, patches)["loss"] > loss:
        model.set_weights(before)
    check_inference_mode(model, patches)


def estimate_batch_norm(
    model: keras.Model,
    sources: Sequence[SamplePyramid],
    config: TrainConfig,
    batches: int = 32,
) -> None:
    """Recompute the statistics of batch normalisation with the weights as they are.

    The moving statistics trail behind weights that still change, and do not belong to
    averaged weights; a plain mean over fresh batches does.
    """
    norms = [x for x in model.layers if isinstance(x, keras.layers.BatchNormalization)]
    momenta = [layer.momentum for layer in norms]
    weights = sampling_weights(sources)
    sized = min(config.batch, 32)
    try:
        for number in range(batches):
            rng = np.random.default_rng([config.seed, 1 << 31, number])
            images, _ = sample_batch(sources, weights, config, rng)
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
