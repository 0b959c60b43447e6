"""What a training begins with: samples that suffice, and the base at their scale."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from napari_nuclei.config import TrainConfig
from napari_nuclei.core.diameter import sizes_of, typical_diameter
from napari_nuclei.model.store import KERAS_FILE, ModelEntry
from napari_nuclei.training.base import find_base
from napari_nuclei.training.datasets import Sample

Pair = tuple[NDArray[Any], NDArray[Any]]


def as_samples(samples: Sequence[Sample | Pair]) -> list[Sample]:
    """Return samples, made of pairs of an image and its labels where need be."""
    return [
        item
        if isinstance(item, Sample)
        else Sample(f"image {number}", item[0], np.asarray(item[1], np.int32))
        for number, item in enumerate(samples, 1)
    ]


def check_samples(
    samples: Sequence[Sample], validation: Sequence[Sample] | None
) -> None:
    """Raise ValueError unless there is something to learn and to check it on.

    None stands for a validation set that is still to be held out of the samples.
    """
    if not samples:
        raise ValueError("there must be at least one image to train on; got none")
    if validation is None:
        validation = samples
    elif not validation:
        raise ValueError("the validation set is empty; name at least one image for it")
    shared = {s.name for s in samples} & {s.name for s in validation}
    if shared and validation is not samples:
        raise ValueError(
            f"{len(shared)} images are both in the training and in the validation set, "
            f"such as {min(shared)}; give them different names or take them out of one"
        )
    for what, some in (("training", samples), ("validation", validation)):
        if not any(sample.labels.any() for sample in some):
            raise ValueError(f"the {what} images hold no nucleus; annotate some first")


def load_base(base: str | Path) -> keras.Model:
    """Load the network that training begins from; errors as of `find_base`."""
    path = find_base(base).folder / KERAS_FILE
    return keras.models.load_model(path, compile=False)


def model_diameter(
    config: TrainConfig, samples: Sequence[Sample], base: ModelEntry | None
) -> float:
    """Return the diameter, in pixels, of the nuclei that a model is for."""
    if config.diameter is not None:
        return config.diameter
    return typical_size(samples) if base is None else base.card.diameter


def typical_size(samples: Sequence[Sample]) -> float:
    """Return the median over samples of their nuclei's diameter, in pixels."""
    found = [typical_diameter(sizes_of(sample.labels)) for sample in samples]
    return round(float(np.nanmedian(found)), 1)
