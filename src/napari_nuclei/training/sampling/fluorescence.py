"""Simulate what makes fluorescence images hard: noise, background and saturation."""

from __future__ import annotations

import cv2
import numpy as np

from napari_nuclei.config import AugmentConfig
from napari_nuclei.core.normalize import HIGH_PERCENTILE, LOW_PERCENTILE
from napari_nuclei.core.synthetic_scene import gaussian_blur
from napari_nuclei.training.sampling.pyramid import Floats
from napari_nuclei.training.sampling.smooth_field import smooth_field

CONTRAST_TO_NOISE = (1.5, 15.0)
"""Range of the contrast of nuclei divided by the noise of the background."""

MAX_GRAIN = 0.9
"""Largest sigma of noise grains, in pixels; enlarged images have coarse noise."""

MAX_BACKGROUND, MAX_GLOW = 0.7, 0.6
"""Largest uneven background, and largest part of blurred light from tissue, as a
fraction of the intensity range."""

MAX_HOT_FRACTION = 0.003
"""Largest fraction of hot pixels."""


def is_fluorescence(patch: Floats) -> bool:
    """Return whether a patch (Y, X, 3) is grey and mostly dark."""
    sample = patch[::4, ::4]
    is_grey = np.array_equal(sample[..., 0], sample[..., 1])
    return is_grey and float(np.median(sample[..., 0])) < 0.5


def augment_fluorescence(
    patch: Floats, config: AugmentConfig, rng: np.random.Generator
) -> Floats:
    """Add background, noise, saturation and hot pixels to a fluorescence patch.

    Parameters
    ----------
    patch : ndarray of float32, shape (Y, X, 3)
        Values from 0 to 1.
    config : AugmentConfig
        `background`, `shot_noise` and `hot_pixels` are fractions of the patches.
    rng : numpy.random.Generator

    Returns
    -------
    ndarray of float32, shape (Y, X, 3)
        Values from 0 to 1. Other kinds of patches are unchanged.
    """
    fractions = np.array([config.background, config.shot_noise, config.hot_pixels])
    if not fractions.any() or not is_fluorescence(patch):
        return patch
    has_background, has_noise, has_hot_pixels = rng.random(3) < fractions
    plane = patch[..., 0]
    if has_background:
        plane = add_background(plane, rng)
    if has_noise:
        plane = add_shot_noise(plane, rng)
    if has_hot_pixels:
        plane = saturate(plane, rng)
    return np.repeat(plane[..., np.newaxis], 3, axis=2)


def add_background(plane: Floats, rng: np.random.Generator) -> Floats:
    """Add an uneven background and blurred light from tissue out of focus.

    The brightest pixels stay below 1, as after normalising a whole image.
    """
    shape = plane.shape
    added = rng.uniform(0, MAX_BACKGROUND) * smooth_field(shape, rng)
    added += rng.uniform(0, MAX_GLOW) * gaussian_blur(plane, rng.uniform(4, 16))
    if rng.random() < 0.5:  # autofluorescent tissue has texture
        texture = rng.standard_normal(shape, np.float32)
        texture = gaussian_blur(texture, rng.uniform(1.5, 5))
        texture = texture / max(float(texture.std()), 1e-6)
        added = added * (1 + rng.uniform(0, 0.4) * texture)
    bright = plane + np.maximum(added, 0)
    return np.asarray(bright / max(float(bright.max()), 1.0), np.float32)


def add_shot_noise(plane: Floats, rng: np.random.Generator) -> Floats:
    """Add noise that grows with the intensity, and normalise again.

    The contrast of the nuclei is `CONTRAST_TO_NOISE` times the noise of the background.
    """
    dark, bright = np.percentile(plane[::2, ::2], (20, 97))
    contrast = max(float(bright - dark), 0.1)
    low, high = np.log(CONTRAST_TO_NOISE)
    sigma = contrast / np.exp(rng.uniform(low, high))
    noise = rng.standard_normal(plane.shape, np.float32)
    grain = rng.uniform(0, MAX_GRAIN)
    if grain > 0.35:
        noise = gaussian_blur(noise, grain)
        noise = noise / max(float(noise.std()), 1e-6)
    signal = np.clip((plane - np.float32(dark)) / np.float32(contrast), 0, 2)
    noisy = plane + noise * np.float32(sigma) * np.sqrt(1 + rng.uniform(0, 1) * signal)
    low, high = np.percentile(noisy[::2, ::2], (LOW_PERCENTILE, HIGH_PERCENTILE))
    # A patch is darker than its image, so it is stretched less where it has no nuclei.
    low, high = min(float(low), 0.0), max(float(high), 1.0)
    return np.asarray(((noisy - low) / (high - low)).clip(0, 1), np.float32)


def saturate(plane: Floats, rng: np.random.Generator) -> Floats:
    """Saturate bright nuclei in half of the patches, and add hot pixels."""
    if rng.random() < 0.5:
        plane = np.minimum(plane * np.float32(rng.uniform(1.2, 3)), 1)
    hot = plane.copy()
    count = int(rng.uniform(0, MAX_HOT_FRACTION) * plane.size)
    rows, columns = (rng.integers(0, side, count) for side in plane.shape)
    hot[rows, columns] = rng.uniform(0.6, 1, count).astype(np.float32)
    if rng.random() < 0.5:  # hot pixels of a shrunk or compressed image are blurred
        size = (3, 3)
        mixed = cv2.addWeighted(cv2.GaussianBlur(hot, size, 0.6), 1.0, plane, 0.0, 0)
        hot = np.maximum(np.asarray(mixed, np.float32), plane)
    return hot
