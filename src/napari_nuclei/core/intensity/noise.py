"""Estimate the noise of a plane, and recognise planes of pure noise."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

PATCH_SIZE, PATCHES_PER_AXIS = 128, 3
"""Side, in pixels, and number along each axis of patches in which noise is estimated.
"""

OBJECT_SIGMA = 3.0
"""Sigma of the Gaussian filter, in pixels, after which intensities are compared with a
normal distribution. Pixel noise is averaged out; nuclei are not."""

MIN_SIGMA = 1.0
"""Smallest sigma of that filter, in pixels of a shrunk plane."""

ILLUMINATION_SIGMA = 30.0
"""Sigma of the Gaussian filter, in pixels, that estimates the illumination."""

SHRINK = 8
"""Factor by which a plane is shrunk to estimate the illumination."""

MAX_NOISE_DEVIATION = 2.5
"""Largest skewness and excess kurtosis of noise, in standard errors. With it, 181 of
182 simulated fields with grains of 0 to 20 px are called noise, and none of 610 grey
images of the validation and training lists."""

STEP = 2
"""Distance of the rows and columns that are compared, since neighbouring pixels of a
filtered plane are correlated."""

MIN_INDEPENDENT = 20
"""Smallest number of independent values in a plane that may be called noise. With
fewer, a small crop of nuclei may look like noise."""

MIN_SIDE = 16
"""Smallest side of a plane that may be called noise, in pixels."""

COMPARED_SIDE = 512
"""Larger planes are shrunk to this side, in pixels, before they are compared."""


def is_noise(values: Floats) -> bool:
    """Return whether the intensities of a plane look like noise of any grain size.

    A filtered plane of noise has normally distributed intensities. Nuclei make the
    distribution skewed, or give it heavy or light tails.

    Parameters
    ----------
    values : ndarray of float32, shape (Y, X)

    Examples
    --------
    >>> noise = np.random.default_rng(0).normal(size=(256, 256)).astype(np.float32)
    >>> nuclei = noise.copy()
    >>> nuclei[100:120, 100:120] += 20
    >>> is_noise(noise), is_noise(nuclei)
    (True, False)
    """
    shrink = min(COMPARED_SIDE / max(values.shape), 1.0)
    sigma = max(OBJECT_SIGMA * shrink, MIN_SIGMA)
    if shrink < 1:
        height, width = (max(round(side * shrink), 1) for side in values.shape)
        values = np.asarray(
            cv2.resize(values, (width, height), interpolation=cv2.INTER_AREA)
        )
    if min(values.shape) < MIN_SIDE:
        return False
    low, high = np.percentile(values[::2, ::2], (0.1, 99.9))
    if low == high:
        return False
    scaled = (values.clip(low, high) - low) / (high - low)
    objects = np.asarray(cv2.GaussianBlur(scaled, (0, 0), sigma), np.float32)
    if not is_normal(objects, sigma):
        return False
    # Illumination hides nuclei, and its removal hides large nuclei.
    flat = remove_illumination(objects, max(ILLUMINATION_SIGMA * shrink, SHRINK))
    return is_normal(flat, sigma)


def remove_illumination(values: Floats, sigma: float) -> Floats:
    """Subtract the plane after a wide Gaussian filter, at a lower resolution."""
    height, width = (side // SHRINK for side in values.shape)
    small = cv2.resize(values, (width, height), interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), sigma / SHRINK)
    size = values.shape[1], values.shape[0]
    return values - np.asarray(cv2.resize(small, size), np.float32)


def is_normal(values: Floats, sigma: float) -> bool:
    """Return whether a smooth random field has normally distributed values.

    Parameters
    ----------
    values : ndarray of float32, shape (Y, X)
        After a Gaussian filter.
    sigma : float
        Sigma of the filter, in pixels.

    Returns
    -------
    bool
        False if the field has too few independent values.
    """
    rows = values[::STEP].astype(np.float64)
    columns = values[:, ::STEP].astype(np.float64)
    variance = rows.var()
    if not variance:
        return False
    # For a Gaussian random field, this is the squared sigma of its grain.
    slopes = np.diff(rows, axis=1).var() + np.diff(columns, axis=0).var()
    grain = max(variance / max(slopes, 1e-12), sigma**2)
    independent = values.size / (4 * np.pi * grain)
    if independent < MIN_INDEPENDENT:
        return False
    scores = (rows[:, ::STEP] - rows.mean()) / np.sqrt(variance)
    squares = scores * scores
    skewness = np.mean(squares * scores) / np.sqrt(6 / independent)
    kurtosis = (np.mean(squares * squares) - 3) / np.sqrt(24 / independent)
    return bool(max(abs(skewness), abs(kurtosis)) < MAX_NOISE_DEVIATION)


def estimate_noise(values: Floats) -> float:
    """Return the standard deviation of pixel noise, in intensity units.

    The estimate is the median absolute second difference in patches, which edges of
    nuclei hardly change.

    Parameters
    ----------
    values : ndarray of float32, shape (Y, X)

    References
    ----------
    Immerkær, "Fast noise variance estimation", 1996.
    """
    kernel = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)
    medians = []
    starts = (
        np.linspace(0, max(0, side - PATCH_SIZE), PATCHES_PER_AXIS).astype(int)
        for side in values.shape
    )
    rows, columns = starts
    for row in rows:
        for column in columns:
            patch = values[row : row + PATCH_SIZE, column : column + PATCH_SIZE]
            second = cv2.filter2D(np.ascontiguousarray(patch), -1, kernel)
            medians.append(float(np.median(np.abs(second))))
    return 1.4826 * float(np.median(medians)) / 6
