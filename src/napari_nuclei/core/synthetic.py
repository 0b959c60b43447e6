"""Synthetic images of fluorescent nuclei, with their true labels."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from napari_nuclei.config.keywords import suggests_keywords
from napari_nuclei.core.synthetic_scene import place_nuclei, simulate_camera

COVERED_FRACTION = 0.14
"""Fraction of the image that nuclei cover if no count is given."""


@suggests_keywords
def synthetic_nuclei(
    shape: tuple[int, int] = (512, 512),
    *,
    count: int | None = None,
    diameter: float = 18,
    touching: float = 0.35,
    noise: float = 1.0,
    seed: int = 0,
) -> tuple[NDArray[np.uint16], NDArray[np.int32]]:
    """Make an image of fluorescent nuclei, as with DAPI, and its true labels.

    Nuclei are smooth, irregular ovals of varying size and brightness, with chromatin
    texture and dark nucleoli. Some touch; none hides another. The image is blurred,
    and has an uneven background, photon noise and camera noise.

    Parameters
    ----------
    shape : tuple of int
        Height and width, in pixels.
    count : int, optional
        Number of nuclei; there are fewer if there is no space for more. By default
        nuclei cover about a seventh of the image.
    diameter : float
        Typical diameter, in pixels; at least 4.
    touching : float
        Fraction of nuclei that touch another one, 0 to 1.
    noise : float
        Factor of the noise; 0 for none.
    seed : int
        The same seed gives the same image.

    Returns
    -------
    image : ndarray of uint16, shape (Y, X)
    labels : ndarray of int32, shape (Y, X)
        0 is background; nuclei are numbered from 1 without gaps.

    Raises
    ------
    ValueError
        If an argument is outside its limits.

    Examples
    --------
    >>> image, labels = synthetic_nuclei((128, 128), count=10)
    >>> image.dtype, image.shape, int(labels.max())
    (dtype('uint16'), (128, 128), 10)
    """
    if len(shape) != 2 or min(shape) < 2:
        raise ValueError(f"shape must be two numbers of at least 2; got {shape}")
    if diameter < 4:
        raise ValueError(f"diameter must be at least 4 pixels; got {diameter}")
    if not 0 <= touching <= 1:
        raise ValueError(f"touching must be from 0 to 1; got {touching}")
    if noise < 0 or (count is not None and count < 0):
        raise ValueError(
            f"noise and count must not be negative; got {noise} and {count}"
        )
    rng = np.random.default_rng(seed)
    if count is None:
        count = default_count(shape, diameter)
    labels, brightness = place_nuclei(shape, count, diameter, touching, rng)
    return simulate_camera(brightness, diameter, noise, rng), labels


@suggests_keywords
def synthetic_series(
    shape: tuple[int, int] = (256, 256),
    frames: int = 8,
    *,
    diameter: float = 18,
    seed: int = 0,
) -> tuple[NDArray[np.uint16], NDArray[np.int32]]:
    """Make a time series of nuclei that drift together, and its true labels.

    Parameters
    ----------
    shape : tuple of int
        Height and width, in pixels.
    frames : int
        Number of frames.
    diameter : float
        Typical diameter, in pixels.
    seed : int
        The same seed gives the same series.

    Returns
    -------
    image : ndarray of uint16, shape (T, Y, X)
    labels : ndarray of int32, shape (T, Y, X)
        A nucleus has the same label in all frames.

    Examples
    --------
    >>> image, labels = synthetic_series((64, 64), 3, seed=1)
    >>> image.shape, image.dtype
    ((3, 64, 64), dtype('uint16'))
    >>> bool((labels[1, :, :-3] == labels[0, :, 3:]).all())  # all drift together
    True
    """
    rng = np.random.default_rng(seed)
    drift = max(1, round(diameter / 6))
    wide = (shape[0], shape[1] + drift * (frames - 1))
    count = default_count(wide, diameter)
    labels, brightness = place_nuclei(wide, count, diameter, 0.35, rng)
    windows = [np.s_[:, n * drift : n * drift + shape[1]] for n in range(frames)]
    exposed = [
        simulate_camera(brightness[window], diameter, 1.0, rng) for window in windows
    ]
    return np.stack(exposed), np.stack([labels[window] for window in windows])


@suggests_keywords
def synthetic_stack(
    shape: tuple[int, int, int] = (9, 256, 256),
    *,
    diameter: float = 18,
    xy_to_z: float = 0.25,
    seed: int = 0,
) -> tuple[NDArray[np.uint16], NDArray[np.int32]]:
    """Make a z stack of nuclei, largest in their middle slice, and its true labels.

    Parameters
    ----------
    shape : tuple of int
        Number of slices, and height and width in pixels.
    diameter : float
        Typical diameter, in pixels.
    xy_to_z : float
        Side of a pixel divided by the distance between slices.
    seed : int
        The same seed gives the same stack.

    Returns
    -------
    image : ndarray of uint16, shape (Z, Y, X)
    labels : ndarray of int32, shape (Z, Y, X)
        A nucleus has the same label in all its slices.

    Examples
    --------
    >>> image, labels = synthetic_stack((5, 64, 64), seed=1)
    >>> image.shape, image.dtype
    ((5, 64, 64), dtype('uint16'))
    """
    rng = np.random.default_rng(seed)
    slices, height, width = shape
    count = default_count((height, width), diameter)
    labels, brightness = place_nuclei((height, width), count, diameter, 0.2, rng)
    count = int(labels.max())
    middle = rng.uniform(0.2 * (slices - 1), 0.8 * (slices - 1), count + 1)
    half_height = diameter / 2 * xy_to_z  # above and below the middle, in slices
    # Distance of a pixel from the edge of its nucleus: 1 for the deepest pixel.
    depth = np.zeros((height, width), np.float32)
    for number in range(1, count + 1):
        mask = (labels == number).astype(np.uint8)
        distance = cv2.distanceTransform(mask, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
        depth = np.maximum(depth, distance / max(float(distance.max()), 1e-6))
    images, label_slices = [], []
    for level in range(slices):
        height_in_ball = np.abs(level - middle) / max(half_height, 1e-6)
        # At height h, a ball of radius 1 has a disc of radius sqrt(1 - h * h).
        rim = 1 - np.sqrt(np.clip(1 - height_in_ball**2, 0, 1))
        visible = (labels > 0) & (depth > rim[labels])
        label_slices.append(np.where(visible, labels, 0).astype(np.int32))
        images.append(
            simulate_camera(np.where(visible, brightness, 0), diameter, 1.0, rng)
        )
    return np.stack(images), np.stack(label_slices)


def default_count(shape: tuple[int, int], diameter: float) -> int:
    """Return the number of nuclei that cover `COVERED_FRACTION` of an image."""
    return round(COVERED_FRACTION * shape[0] * shape[1] / (np.pi * diameter**2 / 4))
