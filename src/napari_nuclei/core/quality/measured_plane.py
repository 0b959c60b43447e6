"""The parts of a segmented plane in which its quality is measured.

Measuring every pixel of a large plane would take a large part of the time of
segmenting it. So the background is measured in every n-th pixel, and detail in the
window that has the most nuclei.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.blocks import Window, candidate_windows
from napari_nuclei.core.normalize import is_grey
from napari_nuclei.core.quality.background_cells import BackgroundCells
from napari_nuclei.core.quality.colour_weights import mix_colours
from napari_nuclei.core.quality.noise_level import measure_noise

Floats = NDArray[np.float32]
Labels = NDArray[np.int32]

WINDOW_SIDE = 256
"""Side, in pixels, of the window of a larger plane in which detail is measured."""

NOISE_SIDE = 256
"""Side, in pixels, of the part of that window in which noise is measured."""

MAX_DIAMETER, MEASURED_DIAMETER = 24.0, 20.0
"""Windows with nuclei above the first diameter are shrunk to the second, in pixels.
Larger nuclei show the same faults, and take longer to measure."""


@dataclass(frozen=True, slots=True)
class DetailWindow:
    """The window of a plane in which the detail of nuclei is measured.

    Attributes
    ----------
    values : ndarray of float32, shape (Y, X)
        Grey values, as from `read_grey`.
    background : ndarray of float32, shape (Y, X)
        Background, also below nuclei.
    labels : ndarray of int32, shape (Y, X)
        Nuclei; numbers may be missing.
    diameter : float
        Typical diameter of the nuclei, in pixels of `values`.
    noise : float
        Standard deviation of the noise of `values`.
    pixel_noise : float
        The same of the pixels of the plane, which may have been shrunk.
    """

    values: Floats
    background: Floats
    labels: Labels
    diameter: float
    noise: float
    pixel_noise: float

    @classmethod
    def cut(
        cls,
        pixels: NDArray[Any],
        labels: Labels,
        cells: BackgroundCells,
        *,
        limits: tuple[float, float],
        diameter: float,
        weights: NDArray[np.float64] | None = None,
    ) -> DetailWindow:
        """Return the window of a plane that has the most pixels of nuclei.

        Parameters
        ----------
        pixels : ndarray of shape (Y, X) or (Y, X, S)
        labels : ndarray of int32, shape (Y, X)
        cells : BackgroundCells
            Background of the whole plane.
        limits, weights
            As for `read_grey`.
        diameter : float
            Typical diameter of the nuclei, in pixels of the plane.
        """
        shrink = min(1.0, MEASURED_DIAMETER / diameter)
        if diameter <= MAX_DIAMETER:
            shrink = 1.0
        shape = labels.shape[0], labels.shape[1]
        window = find_window(labels, WINDOW_SIDE / shrink)
        values = read_grey(pixels[window.index], limits, weights)
        some = np.ascontiguousarray(labels[window.index])
        background = cells.read(window, shape)
        noise = pixel_noise = measure_noise(values[:NOISE_SIDE, :NOISE_SIDE])
        if shrink < 1:
            height, width = (max(1, round(side * shrink)) for side in window.shape)
            size = width, height
            values, background = (
                np.asarray(cv2.resize(v, size, interpolation=cv2.INTER_AREA), "f4")
                for v in (values, background)
            )
            some = np.asarray(
                cv2.resize(some, size, interpolation=cv2.INTER_NEAREST_EXACT), np.int32
            )
            noise = measure_noise(values)
        return cls(
            values=values,
            background=background,
            labels=some,
            diameter=diameter * shrink,
            noise=noise,
            pixel_noise=pixel_noise,
        )


def find_window(labels: Labels, side: float) -> Window:
    """Return the one of nine windows that has the most pixels of nuclei."""
    windows = candidate_windows((labels.shape[0], labels.shape[1]), side)
    if len(windows) == 1:
        return windows[0]
    return max(windows, key=lambda w: np.count_nonzero(labels[w.index][::8, ::8]))


def read_grey(
    pixels: NDArray[Any],
    limits: tuple[float, float],
    weights: NDArray[np.float64] | None = None,
) -> Floats:
    """Return grey values, scaled so that the limits become 0 and 1.

    Parameters
    ----------
    pixels : ndarray of shape (Y, X) or (Y, X, S)
        The colours of a colour plane are mixed.
    limits : tuple of float
        Intensity range of the plane. Values outside stay outside.
    weights : ndarray of float64, shape (3,), optional
        As from `find_colour_weights`. By default the mean of the colours.
    """
    low, high = limits
    if pixels.ndim == 3 and not is_grey(pixels):
        grey = mix_colours(pixels, weights)
    else:
        grey = pixels[..., 0] if pixels.ndim == 3 else pixels
    # Differences of 64-bit values may not fit float32.
    exact: type[np.floating] = np.float32 if grey.itemsize <= 2 else np.float64
    span = high - low if np.isfinite(high - low) and high > low else 1.0
    with np.errstate(over="ignore"):
        scaled = (grey.astype(exact) - exact(low)) * exact(1 / span)
    if exact is np.float32:
        return np.asarray(scaled, np.float32)
    return np.asarray(np.clip(scaled, -1e6, 1e6), np.float32)


def dilate(mask: NDArray[Any], radius: int) -> NDArray[Any]:
    """Return a plane in which each pixel has the largest value in a square."""
    side = 2 * radius + 1
    return np.asarray(cv2.dilate(mask, np.ones((side, side), np.uint8)))
