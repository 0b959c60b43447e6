"""Simulate light, optics and files: illumination, defocus and JPEG compression."""

from __future__ import annotations

import cv2
import numpy as np

from napari_nuclei.config import AugmentConfig
from napari_nuclei.training.sampling.pyramid import Floats
from napari_nuclei.training.sampling.smooth_field import smooth_field

MAX_TINT = 0.25
"""At strength 1, largest loss of light in one colour: a wrong white balance."""

MAX_SHADE = 0.5
"""At strength 1, largest loss of light in dark parts of an uneven illumination."""

DEFOCUS_RADIUS = (0.8, 2.5)
"""Range of the radius of the disc to which a point is blurred, in pixels."""

JPEG_QUALITY = (25, 90)
"""Range of the quality of JPEG compression."""


def augment_optics(
    patch: Floats, config: AugmentConfig, rng: np.random.Generator
) -> Floats:
    """Vary the illumination, blur a patch by defocus, and compress it.

    Parameters
    ----------
    patch : ndarray of float32, shape (Y, X, 3)
        Values from 0 to 1.
    config : AugmentConfig
        `light` is a strength; `defocus` and `jpeg` are fractions of the patches.
    rng : numpy.random.Generator

    Returns
    -------
    ndarray of float32, shape (Y, X, 3)
        Values from 0 to 1. Grey patches stay grey.
    """
    if config.light:
        patch = vary_light(patch, config.light, rng)
    if rng.random() < config.defocus:
        patch = defocus(patch, rng.uniform(*DEFOCUS_RADIUS))
    if rng.random() < config.jpeg:
        patch = compress_jpeg(patch, int(rng.integers(*JPEG_QUALITY)))
    return patch


def vary_light(patch: Floats, strength: float, rng: np.random.Generator) -> Floats:
    """Multiply a patch by an uneven illumination; colours also get a tint."""
    shade = strength * rng.uniform(0, MAX_SHADE)
    light = (1 - shade * smooth_field(patch.shape[:2], rng))[..., np.newaxis]
    if not np.array_equal(patch[..., 0], patch[..., 1]):
        light = light * (1 - strength * rng.uniform(0, MAX_TINT, 3))
    return np.asarray(patch * light, np.float32)


def defocus(patch: Floats, radius: float) -> Floats:
    """Blur a patch with a disc of this radius, in pixels."""
    reach = int(np.ceil(radius))
    distance = np.hypot(*np.mgrid[-reach : reach + 1, -reach : reach + 1])
    disc = np.clip(radius + 0.5 - distance, 0, 1).astype(np.float32)
    blurred = cv2.filter2D(
        patch, -1, disc / disc.sum(), borderType=cv2.BORDER_REFLECT_101
    )
    return np.asarray(np.clip(blurred, 0, 1), np.float32)


def compress_jpeg(patch: Floats, quality: int) -> Floats:
    """Compress a patch as JPEG at a quality from 1 to 100, and read it again."""
    levels = (patch * 255).round().clip(0, 255).astype(np.uint8)
    is_grey = np.array_equal(patch[..., 0], patch[..., 1])
    pixels = levels[..., 0] if is_grey else levels[..., ::-1]
    _, code = cv2.imencode(".jpg", pixels, (cv2.IMWRITE_JPEG_QUALITY, quality))
    read = np.asarray(cv2.imdecode(code, cv2.IMREAD_UNCHANGED), np.float32) / 255
    if is_grey:
        return np.repeat(read[..., np.newaxis], 3, axis=2)
    return np.ascontiguousarray(read[..., ::-1])
