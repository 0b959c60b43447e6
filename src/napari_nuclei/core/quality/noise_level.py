"""Measure the noise of a small plane."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.normalize import subsample

ROUNDING_NOISE = 0.6
"""Noise that rounding counts as, as a fraction of the step between values: twice the
standard deviation of rounding, since it removes texture and edges too."""

SAMPLED_PIXELS = 1 << 13
"""Number of pixels in which the smallest step between values is looked for."""

NOISE_KERNEL = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)
"""Second differences, which edges of nuclei hardly change."""

NOISE_STEP = 3
"""Distance of the rows and columns in which noise is measured, in pixels."""


def measure_noise(values: NDArray[np.float32]) -> float:
    """Return the standard deviation of pixel noise, or that of rounding if larger.

    Parameters
    ----------
    values : ndarray of float32, shape (Y, X)

    References
    ----------
    Immerkær, "Fast noise variance estimation", 1996.
    """
    second = np.asarray(cv2.filter2D(values, -1, NOISE_KERNEL))
    sizes = np.abs(second[1:-1:NOISE_STEP, 1:-1:NOISE_STEP])
    noise = 1.4826 * float(np.median(sizes)) / 6 if sizes.size else 0.0
    steps = np.diff(np.unique(subsample(values, SAMPLED_PIXELS)))
    # The step of an image of two values is its contrast.
    rounding = ROUNDING_NOISE * float(steps.min()) if steps.size > 1 else 0.0
    return max(noise, rounding, 1e-9)
