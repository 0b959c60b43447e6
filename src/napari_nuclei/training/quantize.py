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
from napari_nuclei.evaluation.held_out import evaluate_model
from napari_nuclei.model.convert import convert_to_int8
from napari_nuclei.model.load import load_segmenter
from napari_nuclei.model.store import (
    KERAS_FILE,
    LITERT_FILE,
    check_name_available,
    models_folder,
    stage_model,
    write_card,
)
from napari_nuclei.training.base_model import find_base_model, load_base_model
from napari_nuclei.training.package_model import finalize_card
from napari_nuclei.training.sampling.patches import sample_batch
from napari_nuclei.training.sampling.pyramid import build_pyramid, sampling_weights
from napari_nuclei.training.setup import ImageLabelPair, as_samples, check_samples

CALIBRATION_PATCHES = 256
"""So many patches tell the range of the network's activations."""


def quantize_model(
    base: str | Path,
    samples: Sequence[Sample | ImageLabelPair],
    *,
    name: str,
    validation: Sequence[Sample | ImageLabelPair],
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
    check_name_available(name)
    entry = find_base_model(base)
    shown, held_out = as_samples(samples), as_samples(validation)
    check_samples(shown, held_out)
    patches = sample_calibration_patches(
        shown, entry.card.diameter, entry.card.patch_size, seed
    )
    model = load_base_model(entry.folder)
    card = replace(
        entry.card,
        name=name,
        description=description or entry.card.description,
        training={**entry.card.training, "quantized_from": entry.name},
    )
    with stage_model(name) as place:
        shutil.copy(entry.folder / KERAS_FILE, place / KERAS_FILE)
        convert_to_int8(model, place / LITERT_FILE, patches)
        write_card(place, card)
        baseline = evaluate_model(load_segmenter(entry.folder), held_out)
        segmenter = load_segmenter(place)
        new = evaluate_model(segmenter, held_out)
        write_card(place, finalize_card(place, segmenter, new, held_out, baseline))
    return models_folder() / name


def sample_calibration_patches(
    samples: Sequence[Sample | ImageLabelPair], diameter: float, size: int, seed: int
) -> NDArray[np.float32]:
    """Draw patches of images at about the scale at which they are segmented.

    Returns
    -------
    ndarray of float32, shape (PATCHES, size, size, 3)
        Values from 0 to 1.
    """
    sources = [build_pyramid(sample) for sample in as_samples(samples)]
    config = TrainConfig(
        batch=CALIBRATION_PATCHES,
        patch_size=size,
        diameter=diameter,
        augment=replace(AugmentConfig.none(), flip=True, rotate=True, scale=1.3),
    )
    rng = np.random.default_rng(seed)
    return sample_batch(sources, sampling_weights(sources), config, rng)[0]
