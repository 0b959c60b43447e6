"""How much brighter than its surroundings each pixel of a slice is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

CELL_DIAMETERS = 4.0
"""Side of the cells in which the background is measured, in diameters of nuclei."""

MIN_OUTSIDE = 0.05
"""Smallest fraction of a cell's pixels outside nuclei for a background of its own."""

SAMPLES_PER_SIDE = 16
"""Largest number of pixels along the side of a cell from which its median is taken."""

NOISE_SIGMA = 1.0
"""Sigma, in pixels, of the Gaussian that smooths noise."""

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class SliceBackground:
    """The background of a slice, from which its contrast is computed again.

    Attributes
    ----------
    values : ndarray of float32, shape (rows, columns)
        Local background, in the intensity units of the slice.
    cell : int
        Side of a cell of `values`, in pixels.
    sign : int
        1, or -1 if nuclei are darker than the background.
    """

    values: Floats
    cell: int
    sign: int = 1

    def contrast(self, pixels: NDArray[Any]) -> Floats:
        """Return the intensity of a slice above the local background.

        Parameters
        ----------
        pixels : ndarray of shape (Y, X) or (Y, X, S)
            The slice; colours are averaged.

        Returns
        -------
        ndarray of float32, shape (Y, X)
            Above 0 in nuclei, also in dark ones on a bright background.
        """
        grey = to_grey(pixels)
        contrast = cv2.GaussianBlur(grey - self._enlarge(grey), (0, 0), NOISE_SIGMA)
        return np.asarray(contrast * np.float32(self.sign), np.float32)

    def _enlarge(self, grey: Floats) -> Floats:
        rows, columns = self.values.shape
        size = columns * self.cell, rows * self.cell
        enlarged = cv2.resize(self.values, size, interpolation=cv2.INTER_LINEAR)
        return np.asarray(enlarged[: grey.shape[0], : grey.shape[1]])


def to_grey(pixels: NDArray[Any]) -> Floats:
    """Return a slice as float32, shape (Y, X); colours are averaged.

    Pixels without a finite value get the median of the others.
    """
    if pixels.ndim == 3:
        grey = np.asarray(pixels[..., :3].mean(axis=-1, dtype=np.float32))
    else:
        grey = pixels.astype(np.float32)
    if pixels.dtype.kind == "f" and not (finite := np.isfinite(grey)).all():
        grey[~finite] = quick_median(grey[finite]) if finite.any() else 0
    return grey


def measure_background(
    pixels: NDArray[Any], labels: NDArray[np.integer], diameter: float
) -> SliceBackground:
    """Measure the local median of the pixels outside nuclei.

    Parameters
    ----------
    pixels : ndarray of shape (Y, X) or (Y, X, S)
    labels : ndarray of int, shape (Y, X)
    diameter : float
        Typical diameter of the nuclei, in pixels.
    """
    cell = max(8, round(CELL_DIAMETERS * diameter))
    # A part of the pixels is enough for a median.
    step = max(1, cell // SAMPLES_PER_SIDE)
    grey, inside = to_grey(pixels[::step, ::step]), labels[::step, ::step] > 0
    edges = [
        np.arange(0, side, cell) // step + (np.arange(0, side, cell) % step > 0)
        for side in labels.shape
    ]
    values = np.full((len(edges[0]), len(edges[1])), np.nan, np.float32)
    ends = [[*edge[1:], None] for edge in edges]
    for row, (top, bottom) in enumerate(zip(edges[0], ends[0], strict=True)):
        for column, (left, right) in enumerate(zip(edges[1], ends[1], strict=True)):
            window = np.s_[top:bottom, left:right]
            outside = grey[window][~inside[window]]
            if len(outside) > MIN_OUTSIDE * inside[window].size:
                values[row, column] = quick_median(outside)
    measured = values[np.isfinite(values)]
    # Nuclei that fill a cell, or the slice, hide the background there.
    fallback = float(np.median(measured)) if len(measured) else float(grey.min())
    values = np.where(np.isfinite(values), values, np.float32(fallback))
    nuclei = float(grey[inside].mean()) if inside.any() else fallback
    return SliceBackground(values, cell, 1 if nuclei >= fallback else -1)


def quick_median(values: Floats) -> np.float32:
    """Return the median of at least one value, faster than `numpy.median`.

    Most of the time of `numpy.median` is spent on checks if there are few values.

    Examples
    --------
    >>> float(quick_median(np.array([4, 1, 2, 9], np.float32)))
    3.0
    """
    middle = (len(values) - 1) // 2, len(values) // 2
    ordered = np.partition(values, middle)
    return np.float32((ordered[middle[0]] + ordered[middle[1]]) / 2)
