"""Detect nuclei that are too small for the network scale of an image.

The scale fits the nuclei that cover most of the nuclear area. Nuclei of a third of
their diameter may be a few pixels in the resized image, and are not found. So a part of
the image is segmented again at a finer scale.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.blocks import Window, candidate_windows
from napari_nuclei.core.scale_trials import TRIAL_SIDE, SegmentAtScale

MAX_SCALE = 0.6
"""Network scale above which no smaller nuclei are looked for."""

FINER = 4.0
"""Factor from the network scale to the finer scale."""

MIN_NUCLEI = 2
"""Smallest number of confident smaller nuclei in the window that is reported."""

MAX_COVERED = 0.2
"""Largest fraction of a smaller nucleus that nuclei of the image may cover."""

MIN_DISTANCE = 0.6
"""Lowest maximum of the inner distance of a whole nucleus."""


@dataclass(frozen=True, slots=True)
class SmallerNuclei:
    """Nuclei in a window that are missing in the labels of an image.

    Attributes
    ----------
    count : int
    diameter : float
        Their median diameter, in pixels of the image.
    """

    count: int
    diameter: float


def describe_smaller_nuclei(
    plane: NDArray[np.float32],
    labels: NDArray[np.int32],
    scale: float,
    segment_at: SegmentAtScale,
    confident: float | None,
) -> list[str]:
    """Return a note if the labels of a plane lack smaller nuclei.

    The parameters are as for `find_smaller_nuclei`. Nothing is looked for if the
    lowest confidence is None, or in a plane without nuclei.
    """
    if confident is None or not labels.any():
        return []
    smaller = find_smaller_nuclei(plane, labels, scale, segment_at, confident)
    if smaller is None:
        return []
    size = max(1, round(smaller.diameter))
    return [
        f"The image also has nuclei of about {size} px, which are too small to be "
        f"found at this scale. To find them, set the diameter to {size}."
    ]


def find_smaller_nuclei(
    plane: NDArray[np.float32],
    labels: NDArray[np.int32],
    scale: float,
    segment_at: SegmentAtScale,
    confident: float,
) -> SmallerNuclei | None:
    """Look for nuclei that the labels of a plane lack, at a finer scale.

    Parameters
    ----------
    plane : ndarray of float32, shape (Y, X, 3)
        A normalised plane.
    labels : ndarray of int32, shape (Y, X)
        The nuclei found at the network scale.
    scale : float
        The network scale.
    segment_at : callable
        Segments a window at a scale.
    confident : float
        Lowest mean foreground probability of a confident nucleus.

    Returns
    -------
    SmallerNuclei or None
        None if there are fewer than `MIN_NUCLEI`, or if the scale is above `MAX_SCALE`.
    """
    if scale > MAX_SCALE:
        return None
    fine = FINER * scale
    window = select_background_window(plane, labels, TRIAL_SIDE / fine).index
    found, foreground, distance = segment_at(plane[window], fine)
    height, width = found.shape
    covered = cv2.resize(
        (labels[window] > 0).astype(np.float32),
        (width, height),
        interpolation=cv2.INTER_NEAREST,
    )
    flat = found.ravel()
    sizes = np.maximum(np.bincount(flat), 1)
    peaks = np.zeros(len(sizes), np.float32)
    np.maximum.at(peaks, flat, distance.ravel())
    missing = (
        (np.bincount(flat, foreground.ravel()) / sizes >= confident)
        & (np.bincount(flat, covered.ravel()) / sizes <= MAX_COVERED)
        & (peaks >= MIN_DISTANCE)
    )
    missing[0] = False
    if missing.sum() < MIN_NUCLEI:
        return None
    diameters = np.sqrt(sizes[missing] * 4 / np.pi) / fine
    return SmallerNuclei(int(missing.sum()), float(np.median(diameters)))


def select_background_window(
    plane: NDArray[Any], labels: NDArray[np.int32], side: float
) -> Window:
    """Return the one of nine windows whose background has the highest contrast.

    Parameters
    ----------
    plane : ndarray of shape (Y, X, C)
    labels : ndarray of int32, shape (Y, X)
    side : float
        Largest side of a window, in pixels.
    """

    def contrast(window: Window) -> float:
        values = plane[window.index][..., 0][labels[window.index] == 0]
        return float(values.std()) if values.size else 0.0

    shape = (labels.shape[0], labels.shape[1])
    return max(candidate_windows(shape, side), key=contrast)
