"""A model made faster: its network counts in 8 bits."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.config import AugmentConfig, TrainConfig
from napari_nuclei.data.datasets import Sample
from napari_nuclei.evaluation.held_out import judge
from napari_nuclei.model.convert import quantize
from napari_nuclei.model.load import load_segmenter
from napari_nuclei.model.store import (
    KERAS_FILE,
    LITERT_FILE,
    check_free,
    models_folder,
    new_model,
    write_card,
)
from napari_nuclei.training.base_model import find_base, load_base
from napari_nuclei.training.package_model import measured
from napari_nuclei.training.sampling.patches import draw_batch
from napari_nuclei.training.sampling.pyramid import prepare, source_weights
from napari_nuclei.training.setup import Pair, as_samples, check_samples

PATCHES = 256
"""So many patches tell the range of the network's activations."""


def quantized(
    base: str | Path,
    samples: Sequence[Sample | Pair],
    *,
    name: str,
    validation: Sequence[Sample | Pair],
    description: str = "",
    seed: int = 0,
) -> Path:
    """Make a faster, slightly less accurate model of one and add it to the user's.

    Parameters
    ----------
    base : str or path-like
        A model's name or folder.
    samples : sequence of Sample, or of pairs of ndarrays
        Images such as the model will meet, with their labels: best those that it was
        trained on.
    name : str
        Of the new model.
    validation : sequence of Sample, or of pairs of ndarrays
        Thresholds are chosen on them, and both models are measured.
    description : str
        For the new model's card; that of the model it is made of if empty.
    seed : int
        Of the choice of patches.

    Returns
    -------
    Path
        The model's folder.

    Raises
    ------
    OSError
        If there is no such model, or the name is taken.
    ValueError
        If the model or the samples are not fit for it.
    """
    check_free(name)
    entry = find_base(base)
    shown, held = as_samples(samples), as_samples(validation)
    check_samples(shown, held)
    patches = typical_patches(shown, entry.card.diameter, entry.card.patch_size, seed)
    model = load_base(entry.folder)
    card = replace(
        entry.card,
        name=name,
        description=description or entry.card.description,
        training={**entry.card.training, "quantized_from": entry.name},
    )
    with new_model(name) as place:
        shutil.copy(entry.folder / KERAS_FILE, place / KERAS_FILE)
        quantize(model, place / LITERT_FILE, patches)
        write_card(place, card)
        rival = judge(load_segmenter(entry.folder), held)
        segmenter = load_segmenter(place)
        new = judge(segmenter, held)
        write_card(place, measured(place, segmenter, new, held, rival))
    return models_folder() / name


def typical_patches(
    samples: Sequence[Sample | Pair], diameter: float, size: int, seed: int
) -> NDArray[np.float32]:
    """Draw patches of images at about the scale at which they are segmented.

    Returns
    -------
    ndarray of float32, shape (PATCHES, size, size, 3)
        Values from 0 to 1.
    """
    sources = [prepare(sample) for sample in as_samples(samples)]
    config = TrainConfig(
        batch=PATCHES,
        patch_size=size,
        diameter=diameter,
        augment=replace(AugmentConfig.none(), flip=True, rotate=True, scale=1.3),
    )
    rng = np.random.default_rng(seed)
    return draw_batch(sources, source_weights(sources), config, rng)[0]
