"""The background of a plane, in cells of about the size of a nucleus."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.blocks import Window

Floats = NDArray[np.float32]
Labels = NDArray[np.int32]

MIN_BACKGROUND = 0.02
"""Smallest fraction of the plane that serves as background; below, nuclei are dense and
the pixels next to them count too."""

MIN_WEIGHT = 0.15
"""Smallest fraction of background, after blurring, of a cell whose value is certain."""

CELL_SIGMA = 1.5
"""Sigma of the Gaussian filter that smooths the cells, in cells."""

MIN_CELL = 4
"""Smallest side of a cell, in pixels."""


@dataclass(frozen=True, slots=True)
class BackgroundCells:
    """The background of a plane, in cells.

    Attributes
    ----------
    cells : ndarray of float32, shape (y, x)
        Mean of the background in each cell. Cells without background have that of the
        cells around them.
    range : float
        Difference between the brightest and the darkest cells.
    """

    cells: Floats
    range: float

    @classmethod
    def measure(
        cls, values: Floats, labels: Labels, diameter: float
    ) -> BackgroundCells:
        """Measure the background around nuclei.

        Parameters
        ----------
        values : ndarray of float32, shape (Y, X)
        labels : ndarray of int32, shape (Y, X)
        diameter : float
            Typical diameter of the nuclei, in pixels.
        """
        background = find_background(labels, diameter)
        some = values[background] if background.any() else values
        middle = float(np.median(some))
        cell = max(MIN_CELL, round(diameter))
        height, width = (max(1, side // cell) for side in values.shape)

        def average(plane: NDArray[Any]) -> Floats:
            cells = cv2.resize(plane, (width, height), interpolation=cv2.INTER_AREA)
            blurred = cv2.GaussianBlur(
                cells, (0, 0), CELL_SIGMA, borderType=cv2.BORDER_REPLICATE
            )
            return np.asarray(blurred, np.float32).reshape(height, width)

        weights = average(background.astype(np.float32))
        sums = average(np.where(background, values - np.float32(middle), np.float32(0)))
        cells = sums / np.maximum(weights, np.float32(1e-3))
        certain = cells[weights > MIN_WEIGHT]
        spread = 0.0
        if certain.size > 3:
            low, high = np.quantile(certain, (0.02, 0.98))
            spread = float(high - low)
        return cls(np.asarray(cells + np.float32(middle), np.float32), spread)

    def read(self, window: Window, shape: tuple[int, int]) -> Floats:
        """Return the background of a window of the plane.

        Parameters
        ----------
        window : Window
        shape : tuple of int
            Height and width of the plane, in pixels.

        Returns
        -------
        ndarray of float32, shape of the window
        """
        if max(self.cells.shape) == 1:
            return np.full(window.shape, self.cells[0, 0], np.float32)
        rows, columns = (
            (np.arange(start, stop, dtype=np.float32) + 0.5) * (cells / side) - 0.5
            for start, stop, cells, side in zip(
                (window.top, window.left),
                (window.bottom, window.right),
                self.cells.shape,
                shape,
                strict=True,
            )
        )
        height, width = window.shape
        background = cv2.remap(
            self.cells,
            np.broadcast_to(columns.astype(np.float32), (height, width)).copy(),
            np.broadcast_to(
                rows.astype(np.float32)[:, np.newaxis], (height, width)
            ).copy(),
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )
        return np.asarray(background, np.float32)


def find_background(labels: Labels, diameter: float) -> NDArray[np.bool_]:
    """Return the pixels that are away from nuclei."""
    nuclei = (labels > 0).astype(np.uint8)
    radius = max(1, round(diameter / 4))
    square = np.ones((2 * radius + 1, 2 * radius + 1), np.uint8)
    background = np.asarray(cv2.dilate(nuclei, square)) == 0
    if background.mean() < MIN_BACKGROUND:
        background = nuclei == 0
    return np.asarray(background, bool)
