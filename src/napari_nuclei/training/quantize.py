"""Quantize a model to int8."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.config import AugmentConfig, TrainConfig
from napari_nuclei.data.datasets import Sample
from napari_nuclei.data.sample_inputs import SampleData, as_samples
from napari_nuclei.evaluation.held_out import evaluate_model
from napari_nuclei.model.convert import convert_to_int8
from napari_nuclei.model.load import load_segmenter
from napari_nuclei.model.staging import stage_model
from napari_nuclei.model.store import (
    KERAS_FILE,
    LITERT_FILE,
    check_name_available,
    models_folder,
    write_card,
)
from napari_nuclei.training.base_model import load_base_model
from napari_nuclei.training.find_base import find_base_model
from napari_nuclei.training.loop.run_folder import lock_training
from napari_nuclei.training.package_model import finalize_card
from napari_nuclei.training.sampling.patches import sample_batch
from napari_nuclei.training.sampling.pyramid import build_pyramid
from napari_nuclei.training.sampling.source_weights import sampling_weights
from napari_nuclei.training.setup import check_samples

CALIBRATION_PATCHES = 256
"""Number of patches from which the ranges of activations are measured."""


def quantize_model(
    base: str | Path,
    data: SampleData,
    *,
    name: str,
    validation: SampleData,
    description: str = "",
    seed: int = 0,
) -> Path:
    """Quantize a model to int8: faster and slightly less accurate.

    Parameters
    ----------
    base : str or path-like
        Name or folder of a model.
    data : path, Sample, arrays or sequence
        Annotated images, such as the training images of the model, in any form that
        `train` accepts.
    name : str
        Name of the new model.
    validation : path, Sample, arrays or sequence
        Images on which thresholds are chosen and both models are scored.
    description : str
        For the card of the new model; empty uses the description of the base.
    seed : int
        Seed for the choice of calibration patches.

    Returns
    -------
    Path
        Folder of the new model.

    Raises
    ------
    OSError
        If there is no such model, or the name is taken.
    TypeError, ValueError
        If the model or the images cannot be used.
    """
    check_name_available(name)
    with lock_training(name):
        pass
    entry = find_base_model(base)
    samples = as_samples(data, split="train")
    held_out = as_samples(validation, split="val", title="validation image")
    check_samples(samples, held_out)
    patches = sample_calibration_patches(
        samples, entry.card.diameter, entry.card.patch_size, seed
    )
    model = load_base_model(entry.folder)
    card = replace(
        entry.card,
        name=name,
        description=description or entry.card.description,
        training={**entry.card.training, "quantized_from": entry.name},
    )
    with stage_model(name) as folder:
        shutil.copy(entry.folder / KERAS_FILE, folder / KERAS_FILE)
        convert_to_int8(model, folder / LITERT_FILE, patches)
        write_card(folder, card)
        baseline = evaluate_model(load_segmenter(entry.folder), held_out)
        segmenter = load_segmenter(folder)
        new = evaluate_model(segmenter, held_out)
        write_card(folder, finalize_card(folder, segmenter, new, held_out, baseline))
    return models_folder() / name


def sample_calibration_patches(
    samples: Sequence[Sample], diameter: float, size: int, seed: int
) -> NDArray[np.float32]:
    """Sample patches near the network scale.

    Parameters
    ----------
    samples : sequence of Sample
    diameter : float
        Diameter of the model, in pixels.
    size : int
        Side of a patch, in pixels.
    seed : int

    Returns
    -------
    ndarray of float32, shape (CALIBRATION_PATCHES, size, size, 3)
        Values from 0 to 1.
    """
    sources = [build_pyramid(sample) for sample in samples]
    config = TrainConfig(
        batch=CALIBRATION_PATCHES,
        patch_size=size,
        diameter=diameter,
        augment=replace(AugmentConfig.none(), flip=True, rotate=True, scale=1.3),
    )
    rng = np.random.default_rng(seed)
    return sample_batch(sources, sampling_weights(sources), config, rng)[0]
