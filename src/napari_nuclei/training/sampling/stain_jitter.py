"""Vary the stains of brightfield tissue, which differ between laboratories."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from skimage.color import hed_from_rgb, rgb_from_hed

from napari_nuclei.config import AugmentConfig
from napari_nuclei.training.sampling.pyramid import Floats
from napari_nuclei.training.sampling.smooth_field import smooth_field
from napari_nuclei.training.sampling.stain_augment import is_stained_tissue
from napari_nuclei.training.sampling.stain_separation import (
    estimate_stains,
    optical_density,
    transfer_stains,
)

EOSIN, DAB = 1, 2
"""Indices of these stains in scikit-image's order: haematoxylin, eosin, DAB."""

MAX_GAIN = 0.7
"""At strength 1, concentrations change by a factor of up to exp(0.7), about 2."""

VECTOR_SIGMA = 0.08
"""At strength 1, standard deviation of the change of a stain vector of length 1."""

MAX_THICKNESS = 0.4
"""At strength 1, largest change of the thickness of the section, as a fraction."""

BROWN_FRACTION = 0.6
"""Fraction of the exchanged counterstains that become brown; the others vanish."""


def augment_stains(
    patches: Sequence[Floats], config: AugmentConfig, rng: np.random.Generator
) -> list[Floats]:
    """Vary the stains of the patches that show stained tissue.

    Parameters
    ----------
    patches : sequence of ndarray of float32, shape (Y, X, 3)
        Values from 0 to 1. Other patches of the list lend their stains.
    config : AugmentConfig
        `stain_mix`, `counterstain` and `stain` are used.
    rng : numpy.random.Generator

    Returns
    -------
    list of ndarray of float32, shape (Y, X, 3)
        Values from 0 to 1. Patches that are not stained tissue are unchanged.
    """
    varied = list(patches)
    if not (config.stain or config.stain_mix or config.counterstain):
        return varied
    tissue = [n for n, patch in enumerate(patches) if is_stained_tissue(patch)]
    for number in tissue:
        density = optical_density(patches[number])
        if len(tissue) > 1 and rng.random() < config.stain_mix:
            other = int(rng.choice([n for n in tissue if n != number]))
            density = mix_stains(density, optical_density(patches[other]), rng)
        swap = rng.random() < config.counterstain
        if swap or config.stain:
            density = jitter_stains(density, config.stain, rng, swap=swap)
        varied[number] = np.asarray(np.exp(-density).clip(0, 1), np.float32)
    return varied


def mix_stains(density: Floats, other: Floats, rng: np.random.Generator) -> Floats:
    """Move the stains of a patch a random part of the way to those of another.

    Both are optical densities of shape (Y, X, 3). The result is the same as `density`
    if one of the patches has fewer than two stains.
    """
    own_stains, other_stains = estimate_stains(density), estimate_stains(other)
    if own_stains is None or other_stains is None:
        return density
    return transfer_stains(density, own_stains, other_stains, rng.uniform(0.3, 1))


def jitter_stains(
    density: Floats, strength: float, rng: np.random.Generator, *, swap: bool = False
) -> Floats:
    """Change concentrations and colours of the stains at random.

    Parameters
    ----------
    density : ndarray of float32, shape (Y, X, 3)
        Optical density.
    strength : float
        0 changes nothing, 1 changes concentrations by a factor of up to two.
    rng : numpy.random.Generator
    swap : bool
        Remove the eosin or turn it brown (DAB).

    Returns
    -------
    ndarray of float32, shape (Y, X, 3)
        Optical density.
    """
    vectors = rgb_from_hed + strength * rng.normal(0, VECTOR_SIGMA, (3, 3))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    vectors *= np.linalg.norm(rgb_from_hed, axis=1, keepdims=True)
    gains = np.exp(strength * rng.uniform(-MAX_GAIN, MAX_GAIN, 3))
    gains *= np.exp(strength * rng.uniform(-MAX_GAIN, MAX_GAIN) / 2)
    if swap and rng.random() < BROWN_FRACTION:
        vectors[EOSIN] = vectors[DAB]
        gains[EOSIN] *= rng.uniform(0.5, 1.5)
    elif swap:
        gains[EOSIN] *= rng.uniform(0, 0.25)
    matrix = hed_from_rgb @ (gains[:, np.newaxis] * vectors)
    density = np.asarray(
        cv2.transform(density, matrix.T.astype(np.float32)), np.float32
    )
    if strength:
        change = strength * rng.uniform(0, MAX_THICKNESS)
        thickness = 1 + change * (2 * smooth_field(density.shape[:2], rng) - 1)
        density = density * thickness[..., np.newaxis].astype(np.float32)
    return density
