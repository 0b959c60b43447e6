"""The uneven background of a plane: estimated once, read in any window."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from napari_nuclei.core.blocks import Window

Floats = NDArray[np.float32]

CELLS_PER_DISC = 24
"""Number of cells of the background map along the diameter of the opening's disc."""

MIN_CELLS_PER_DISC = 3
"""Smallest number of cells along that diameter, in very large planes."""

MAX_CELLS = 2048
"""Largest number of cells along the longer side of a plane, if the disc allows it."""

BAND_HEIGHT = 512
"""Height of the bands in which a plane is averaged, in pixels."""

COMPARED_CELLS = 6
"""Number of cells along each axis in which the local background is compared."""


@dataclass(frozen=True, slots=True, eq=False)
class BackgroundMap:
    """Background of a plane at low resolution, interpolated between cell centres.

    Attributes
    ----------
    values : ndarray of float32, shape (rows, columns)
        In the intensity units of the plane.
    cell : int
        Side of a cell, in pixels of the plane.
    """

    values: Floats
    cell: int

    def read(self, window: Window) -> Floats:
        """Return the background in a window of the plane, as float32.

        Each pixel depends on its position alone, so windows agree to the bit.
        """
        (r0, r1, y), (c0, c1, x) = (
            self._neighbours(low, high, count)
            for low, high, count in (
                (window.top, window.bottom, self.values.shape[0]),
                (window.left, window.right, self.values.shape[1]),
            )
        )
        upper = self.values[r0][:, c0] * (1 - x) + self.values[r0][:, c1] * x
        lower = self.values[r1][:, c0] * (1 - x) + self.values[r1][:, c1] * x
        y = y[:, np.newaxis]
        return np.asarray(upper * (1 - y) + lower * y, np.float32)

    def as_dict(self) -> dict[str, Any]:
        """Return the map as plain values for a JSON file; the numbers are exact."""
        packed = zlib.compress(self.values.astype("<f4").tobytes())
        return {
            "cell": self.cell,
            "shape": list(self.values.shape),
            "packed": base64.b64encode(packed).decode(),
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> BackgroundMap:
        """Return a map from the values of `as_dict`, or from rows of numbers."""
        if "values" in values:  # written by an earlier version
            return cls(np.array(values["values"], np.float32), values["cell"])
        packed = zlib.decompress(base64.b64decode(values["packed"]))
        cells = np.frombuffer(packed, "<f4").astype(np.float32)
        return cls(cells.reshape(values["shape"]), values["cell"])

    def _neighbours(
        self, low: int, high: int, count: int
    ) -> tuple[NDArray[np.intp], NDArray[np.intp], Floats]:
        """Return the cells before and after each pixel, and the fraction between."""
        position = (np.arange(low, high, dtype=np.float32) + 0.5) / self.cell - 0.5
        position = position.clip(0, count - 1)
        first = np.floor(position).astype(np.intp)
        fraction = np.asarray(position - first, np.float32)
        return first, np.minimum(first + 1, count - 1), fraction


def filter_radius(sigma: float) -> int:
    """Return the radius of the Gaussian filter, in pixels."""
    return int(np.ceil(3 * sigma))


def smooth(values: Floats, sigma: float) -> Floats:
    """Return values after a Gaussian filter of a fixed size.

    SciPy's filter is used because a pixel gets the same value, to the bit, in any
    window; with OpenCV's filter it does not.
    """
    radius = filter_radius(sigma)
    return np.asarray(gaussian_filter(values, sigma, radius=radius), np.float32)


def background_spread(values: Floats, limits: tuple[float, float]) -> float:
    """Return how far the local background varies, as a fraction of the range.

    Parameters
    ----------
    values : ndarray of float32, shape (Y, X)
    limits : tuple of float
        Intensity range of the plane.
    """
    cells = [
        cell
        for band in np.array_split(values, COMPARED_CELLS)
        for cell in np.array_split(band, COMPARED_CELLS, axis=1)
        if cell.size
    ]
    # Cells have up to four shapes. All cells of a shape are compared at once, because
    # each call of NumPy's percentile takes longer than its computation.
    dark = [
        np.percentile([cell.ravel() for cell in cells if cell.shape == shape], 10, 1)
        for shape in {cell.shape for cell in cells}
    ]
    low, high = np.percentile(np.concatenate(dark), (5, 95))
    span = limits[1] - limits[0]
    # Without a range all pixels but a few extreme ones are equal: nothing is uneven.
    return float((high - low) / span) if span > 0 else 0.0


def has_bright_objects(values: Floats, diameter: float) -> bool:
    """Return whether the objects of a plane are brighter than their surroundings.

    Parameters
    ----------
    values : ndarray of float32, shape (Y, X)
    diameter : float
        Diameter of the objects, in pixels.
    """
    around = cv2.blur(values, (2 * round(diameter) + 1,) * 2)
    difference = (values - around).astype(np.float64)
    return float(np.mean(difference * difference * difference)) > 0


def estimate_background(values: Floats, disc: float) -> BackgroundMap:
    """Estimate the background by a morphological opening, which removes bright objects.

    Parameters
    ----------
    values : ndarray of float32, shape (Y, X)
    disc : float
        Diameter of the disc of the opening, in pixels; narrower objects are removed.
    """
    return estimate_background_in_bands(
        (values.shape[0], values.shape[1]),
        disc,
        lambda window: values[window.index],
    )


def estimate_background_in_bands(
    shape: tuple[int, int], disc: float, read: Callable[[Window], Floats]
) -> BackgroundMap:
    """Estimate the background of a plane that is read band by band.

    The result equals that of `estimate_background` for the whole plane.

    Parameters
    ----------
    shape : tuple of int
        Height and width of the plane.
    disc : float
        As for `estimate_background`.
    read : callable
        Takes a window, returns its pixels as float32 of shape (Y, X).
    """
    cell = cell_size(shape, disc)
    height = -(-BAND_HEIGHT // cell) * cell
    bands = [
        Window(top, min(top + height, shape[0]), 0, shape[1])
        for top in range(0, shape[0], height)
    ]
    small = smooth(np.concatenate([cell_means(read(b), cell) for b in bands]), 1.0)
    size = 2 * int(disc / cell / 2) + 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    opened = cv2.morphologyEx(
        small, cv2.MORPH_OPEN, kernel, borderType=cv2.BORDER_REPLICATE
    )
    return BackgroundMap(smooth(np.asarray(opened, np.float32), size / 4), cell)


def cell_size(shape: tuple[int, int], disc: float) -> int:
    """Return the side of a cell, in pixels; it grows with very large planes.

    Examples
    --------
    >>> cell_size((1000, 1000), 60), cell_size((12_000, 16_000), 60)
    (2, 8)
    """
    finest, coarsest = round(disc / CELLS_PER_DISC), int(disc / MIN_CELLS_PER_DISC)
    return max(1, finest, min(-(-max(shape) // MAX_CELLS), coarsest))


def cell_means(values: Floats, cell: int) -> Floats:
    """Return the mean of each cell; cells beyond the edge repeat the last pixels."""
    rows, columns = (-(-side // cell) for side in values.shape)
    padding = rows * cell - values.shape[0], columns * cell - values.shape[1]
    padded = np.pad(values, [(0, padding[0]), (0, padding[1])], mode="edge")
    cells = padded.reshape(rows, cell, columns, cell)
    return np.asarray(cells.mean(axis=(1, 3)), np.float32)
