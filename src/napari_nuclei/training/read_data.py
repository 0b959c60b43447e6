"""Read the data of a training run and set it up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from napari_nuclei.config import TrainConfig
from napari_nuclei.data.sample_inputs import SampleData, as_training_samples
from napari_nuclei.io.checks.pixel_limit import MAX_PIXELS
from napari_nuclei.training.lazy_data import find_training_files, read_lazily
from napari_nuclei.training.messages import describe_data, describe_lazy_data
from napari_nuclei.training.setup import TrainingSetup, prepare_training


def read_and_prepare(
    data: SampleData,
    validation: SampleData | None,
    config: TrainConfig,
    base: str | Path | None,
    say: Callable[[str], None],
    max_pixels: int = MAX_PIXELS,
) -> TrainingSetup:
    """Read the images of a training run, or some of them if there are many.

    Parameters
    ----------
    data, validation, config, base
        See `train`.
    say : callable
        Called with each line about the data.
    max_pixels : int
        See `train`.

    Raises
    ------
    OSError, TypeError, ValueError
        If the data cannot be read or trained on, or there is no such base model.
    """
    files = find_training_files(data, validation, max_pixels=max_pixels)
    if files is None:
        samples, held_out = as_training_samples(data, validation, max_pixels=max_pixels)
        setup = prepare_training(samples, config, held_out, base)
    else:
        lazy = read_lazily(files, config)
        for line in describe_lazy_data(lazy, config):
            say(line)
        setup = prepare_training(lazy.probe, lazy.adapt(config), lazy.held_out, base)
        setup = replace(setup, lazy=lazy)
    for line in describe_data(setup, config):
        say(line)
    return setup
