"""How much brighter than its surroundings each pixel of a slice is."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.blocks import Window
from napari_nuclei.core.intensity.background import BackgroundMap

CELL_DIAMETERS = 4.0
"""Side of the cells in which the background is measured, in diameters of nuclei."""

MIN_OUTSIDE = 0.05
"""Smallest share of a cell's pixels outside nuclei for a background of its own."""

NOISE_SIGMA = 1.0
"""Sigma, in pixels, of the Gaussian that smooths noise."""

Floats = NDArray[np.float32]


def slice_contrast(
    pixels: NDArray[Any], labels: NDArray[np.integer], diameter: float
) -> Floats:
    """Return the intensity of a slice above the local background.

    Parameters
    ----------
    pixels : ndarray of shape (Y, X) or (Y, X, S)
        The slice; colours are averaged.
    labels : ndarray of int, shape (Y, X)
        The background is the local median of pixels without a label.
    diameter : float
        Typical diameter of the nuclei, in pixels.

    Returns
    -------
    ndarray of float32, shape (Y, X)
        Above 0 in nuclei, also in dark ones on a bright background.
    """
    grey = pixels.astype(np.float32)
    if grey.ndim == 3:
        grey = grey[..., :3].mean(axis=-1)
    background = measure_background(grey, labels == 0, diameter)
    contrast = grey - background.read(Window(0, grey.shape[0], 0, grey.shape[1]))
    if contrast.sum(where=labels > 0) < 0:
        contrast = -contrast
    return np.asarray(cv2.GaussianBlur(contrast, (0, 0), NOISE_SIGMA), np.float32)


def measure_background(
    grey: Floats, outside: NDArray[np.bool_], diameter: float
) -> BackgroundMap:
    """Return the local median of the pixels outside nuclei.

    Parameters
    ----------
    grey : ndarray of float32, shape (Y, X)
    outside : ndarray of bool, shape (Y, X)
    diameter : float
        Typical diameter of the nuclei, in pixels.
    """
    cell = max(8, round(CELL_DIAMETERS * diameter))
    rows, columns = (-(-side // cell) for side in grey.shape)
    values = np.full((rows, columns), np.nan, np.float32)
    for row in range(rows):
        for column in range(columns):
            window = np.s_[
                row * cell : (row + 1) * cell, column * cell : (column + 1) * cell
            ]
            found = grey[window][outside[window]]
            if len(found) > MIN_OUTSIDE * outside[window].size:
                values[row, column] = np.median(found)
    measured = values[np.isfinite(values)]
    # Nuclei that fill a cell, or the slice, hide the background there.
    fallback = float(np.median(measured)) if len(measured) else float(grey.min())
    return BackgroundMap(np.where(np.isfinite(values), values, fallback), cell)
