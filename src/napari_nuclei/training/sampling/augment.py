"""Augment the intensities of a patch; `crop_patch` augments its geometry."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from napari_nuclei.config import AugmentConfig

GREY = np.float32(1 / np.sqrt(3))
"""Each component of the unit vector along the grey axis of RGB."""


def rotate_hue(
    patch: NDArray[np.float32], angle: float, saturation: float = 1.0
) -> NDArray[np.float32]:
    """Rotate colours about the grey axis and scale their saturation.

    Parameters
    ----------
    patch : ndarray of float32, shape (Y, X, 3)
    angle : float
        In radians; a third of a full turn maps red to green and green to blue.
    saturation : float
        0 makes the patch grey, 1 does not change the saturation.

    Returns
    -------
    ndarray of float32, shape (Y, X, 3)
        Same mean over the channels; values may lie outside 0 to 1.
    """
    along = np.full((3, 3), GREY * GREY)
    across = np.array([[0, -GREY, GREY], [GREY, 0, -GREY], [-GREY, GREY, 0]])
    rotation = np.cos(angle) * (np.eye(3) - along) + np.sin(angle) * across
    matrix = along + saturation * rotation
    return np.asarray(cv2.transform(patch, matrix.astype(np.float32)), np.float32)


def augment_intensity(
    patch: NDArray[np.float32], config: AugmentConfig, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Change contrast, brightness, colours, gamma, sharpness and noise at random.

    Parameters
    ----------
    patch : ndarray of float32, shape (Y, X, 3)
        Values from 0 to 1.
    config : AugmentConfig
    rng : numpy.random.Generator

    Returns
    -------
    ndarray of float32, shape (Y, X, 3)
        Values from 0 to 1.
    """
    if rng.random() < config.invert:
        patch = 1 - patch
    if config.gamma:
        patch = patch ** np.float32(np.exp(rng.uniform(-config.gamma, config.gamma)))
    gain = 1 + rng.uniform(-config.contrast, config.contrast)
    shift = rng.uniform(-config.brightness, config.brightness)
    tint = rng.uniform(-config.colour, config.colour, 3)
    is_colour = not np.array_equal(patch[..., 0], patch[..., 1])
    if is_colour and rng.random() < config.grey:
        patch = np.repeat(patch.mean(axis=2, keepdims=True), 3, axis=2)
        is_colour = False
    if is_colour and config.hue:
        angle = rng.uniform(-config.hue, config.hue) * np.pi
        patch = rotate_hue(patch, angle, rng.uniform(0.5, 1.2))
    gains = gain * (1 + tint * is_colour)
    patch = patch * gains.astype(np.float32) + np.float32(shift)
    if config.blur and rng.random() < 0.3:
        sigma = rng.uniform(0, config.blur)
        blurred = cv2.GaussianBlur(patch, (0, 0), max(sigma, 0.1))
        patch = np.asarray(blurred, np.float32)
    if config.noise and rng.random() < 0.5:
        channels = 3 if is_colour else 1
        noise = rng.standard_normal((*patch.shape[:2], channels), np.float32)
        patch = patch + noise * np.float32(rng.uniform(0, config.noise))
    return np.asarray(np.clip(patch, 0, 1), np.float32)
