"""Choose the number of steps in an epoch, and the size of a batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from napari_nuclei.config import TrainConfig
from napari_nuclei.data.datasets import Sample

MIN_STEPS = 10
"""Steps in an epoch, at least. With fewer, the learning rate and the moving average of
the weights change too fast from step to step."""

MIN_BATCH = 8
"""Smallest batch. Smaller ones estimate batch normalisation statistics badly."""


def count_patches(samples: Sequence[Sample], config: TrainConfig) -> float:
    """Return the number of patches that cover every image once."""
    if config.sampling == "resize":
        return float(len(samples))
    pixels = sum(sample.labels.size for sample in samples)
    return pixels / config.patch_size**2


def with_epoch_length(config: TrainConfig, samples: Sequence[Sample]) -> TrainConfig:
    """Return the settings with the number of steps, and a batch size that fits it.

    Parameters
    ----------
    config : TrainConfig
        If `steps` is given, it is returned unchanged.
    samples : sequence of Sample
        Training images.
    """
    if config.steps is not None:
        return config
    patches, batch = count_patches(samples, config), config.batch
    # On several devices, a batch has to be a multiple of their number.
    if config.strategy == "one":
        while batch > MIN_BATCH and patches < MIN_STEPS * batch:
            batch = max(MIN_BATCH, batch // 2)
    return replace(config, batch=batch, steps=max(MIN_STEPS, round(patches / batch)))
