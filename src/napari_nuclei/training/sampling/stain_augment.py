"""Recolour patches of stained tissue like immunohistochemistry (IHC).

In IHC the marker is brown (DAB), and the nuclei are pale blue (haematoxylin), so nuclei
are not the darkest structures. The data set has no such images. They are simulated from
annotated tissue: blue nuclei, brown cytoplasm, darker brown membranes, and regions
without brown.

Reference
---------
Ruifrok and Johnston, "Quantification of histochemical staining by color deconvolution",
2001: the colours of the stains.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from napari_nuclei.config.outputs import FOREGROUND, batch_targets, channel_index
from napari_nuclei.core.synthetic_scene import gaussian_blur
from napari_nuclei.training.sampling.pyramid import Floats

HAEMATOXYLIN = (0.65, 0.70, 0.29)
DAB = (0.27, 0.57, 0.78)
"""Optical density of each stain in red, green and blue."""

STAIN_VARIATION = 0.08
"""Largest random change of these densities, since staining differs by laboratory."""

DENSITY = 1.6
"""Optical density of a stain at strength 1."""


def augment_dab(
    images: Floats, targets: Floats, fraction: float, rng: np.random.Generator
) -> Floats:
    """Recolour a fraction of the patches that show stained tissue.

    Parameters
    ----------
    images : ndarray of float32, shape (N, Y, X, 3)
        Values from 0 to 1.
    targets : ndarray of float32, shape (N, Y, X, channels)
        With the channels of `outputs.batch_targets`.
    fraction : float
        Fraction of the colour patches on a bright background to recolour, 0 to 1.
    rng : numpy.random.Generator

    Returns
    -------
    ndarray of float32, shape (N, Y, X, 3)
    """
    if not fraction:
        return images
    stained = images.copy()
    nuclei = targets[..., channel_index(batch_targets(), FOREGROUND)]
    for image, foreground in zip(stained, nuclei, strict=True):
        if rng.random() < fraction and is_stained_tissue(image):
            image[:] = simulate_ihc(image, foreground, rng)
    return stained


def is_stained_tissue(image: Floats) -> bool:
    """Return whether a patch (Y, X, 3) has colours on a bright background."""
    return bool(np.median(image) > 0.5) and float(np.ptp(image, axis=-1).mean()) > 0.05


def simulate_ihc(image: Floats, foreground: Floats, rng: np.random.Generator) -> Floats:
    """Return a patch with blue nuclei; all or part of the rest is brown.

    Parameters
    ----------
    image : ndarray of float32, shape (Y, X, 3)
        Its darkness determines the amount of stain.
    foreground : ndarray of float32, shape (Y, X)
    rng : numpy.random.Generator
    """
    shape = foreground.shape
    dark = 1 - image.mean(axis=-1)
    dark -= dark.min()
    dark = np.clip(dark / max(float(np.percentile(dark, 99)), 0.05), 0, 1.2)
    inside = foreground >= 0.5
    soft = gaussian_blur(inside.astype(np.float32), rng.uniform(0.5, 1.2))
    patchy = noise(shape, rng.uniform(12, 40), rng) + rng.uniform(-0.5, 1.5)
    brown = rng.uniform(0.2, 0.9) + rng.uniform(0, 0.8) * draw_membranes(inside, rng)
    brown += 0.12 * noise(shape, 1.0, rng) + rng.uniform(0, 0.2) * fibre_noise(
        shape, rng
    )
    brown += rng.uniform(0, 0.6) * (dark - 0.3)
    brown *= rng.uniform(0.6, 3.2) / (1 + np.exp(-3 * patchy))
    brown *= 1 - rng.uniform(0.5, 1) * soft
    flat = rng.uniform(0.2, 0.7)
    blue = rng.uniform(0.2, 0.9) * soft * (flat + (1 - flat) * dark)
    blue *= 1 + rng.uniform(0, 0.25) * noise(shape, rng.uniform(0.8, 2), rng)
    blue += rng.uniform(0, 0.2) * dark
    stains = np.dstack([blue, brown]).clip(0)
    colours = np.array([HAEMATOXYLIN, DAB])
    colours += rng.uniform(-STAIN_VARIATION, STAIN_VARIATION, colours.shape)
    light = np.exp(-DENSITY * stains @ colours)
    return gaussian_blur(light.astype(np.float32), rng.uniform(0.1, 0.8))


def draw_membranes(inside: NDArray[np.bool_], rng: np.random.Generator) -> Floats:
    """Draw cell membranes: lines midway between nuclei, 0 to 1."""
    if not inside.any():
        return np.zeros(inside.shape, np.float32)
    _, nearest = cv2.distanceTransformWithLabels(
        (~inside).view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5
    )
    cells, window = np.asarray(nearest, np.float32), np.ones((3, 3), np.uint8)
    lines = (cv2.dilate(cells, window) != cv2.erode(cells, window)) & ~inside
    drawn = gaussian_blur(lines.astype(np.float32), rng.uniform(0.8, 1.6))
    return np.asarray(drawn / max(float(drawn.max()), 1e-6), np.float32)


def fibre_noise(shape: tuple[int, ...], rng: np.random.Generator) -> Floats:
    """Draw fibres: noise elongated in one direction, mean 0, standard deviation 1."""
    length = int(rng.integers(5, 16))
    line = np.zeros((length, length), np.float32)
    angle, half = rng.uniform(0, np.pi), (length - 1) / 2
    across, down = half * np.cos(angle), half * np.sin(angle)
    first, last = (
        (round(half + sign * across), round(half + sign * down)) for sign in (-1, 1)
    )
    cv2.line(line, first, last, (1.0,))
    return to_unit_std(cv2.filter2D(rng.standard_normal(shape, np.float32), -1, line))


def noise(shape: tuple[int, ...], sigma: float, rng: np.random.Generator) -> Floats:
    """Draw noise blurred by `sigma` pixels, mean 0, standard deviation 1."""
    return to_unit_std(gaussian_blur(rng.standard_normal(shape, np.float32), sigma))


def to_unit_std(values: NDArray[Any]) -> Floats:
    """Scale noise to a standard deviation of 1."""
    return np.asarray(values / max(float(values.std()), 1e-6), np.float32)
