"""Find the regions of an image where a network is uncertain, to annotate them next.

For an image like its training images, a network gives the same output if the image is
mirrored or turned by 90 degrees. Where outputs differ, annotations help most.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

TEST_TIME_VIEWS: tuple[tuple[int, bool], ...] = (
    (0, False),
    (0, True),
    (1, False),
    (3, True),
)
"""Views that are compared: number of quarter turns, and whether mirrored."""


@dataclass(frozen=True, slots=True)
class UncertainRegion:
    """A square region of an image.

    Attributes
    ----------
    row, column : int
        First row and column, in pixels.
    side : int
        In pixels.
    uncertainty : float
        Mean uncertainty of the network, 0 to 0.5.
    """

    row: int
    column: int
    side: int
    uncertainty: float


def prediction_spread(image: Floats, predict: Callable[[Floats], Floats]) -> Floats:
    """Return how much the outputs for the views of an image differ.

    Parameters
    ----------
    image : ndarray of float32, shape (Y, X, C)
    predict : callable
        Takes an image (Y, X, C) and returns its foreground probability (Y, X).

    Returns
    -------
    ndarray of float32, shape (Y, X)
        Standard deviation of the foreground probability over the views, 0 to 0.5.
    """
    outputs = []
    for quarter, mirror in TEST_TIME_VIEWS:
        view = np.rot90(image[:, ::-1] if mirror else image, quarter)
        output = np.rot90(predict(np.ascontiguousarray(view)), -quarter)
        outputs.append(output[:, ::-1] if mirror else output)
    return np.asarray(np.std(outputs, axis=0), np.float32)


def find_uncertain_regions(
    uncertainty: Floats,
    side: int,
    count: int,
    annotated: NDArray[np.bool_] | None = None,
) -> list[UncertainRegion]:
    """Return the squares of highest uncertainty; none overlaps another.

    Parameters
    ----------
    uncertainty : ndarray of float32, shape (Y, X)
    side : int
        Side of a square, in pixels.
    count : int
        Largest number of squares.
    annotated : ndarray of bool, shape (Y, X), optional
        Pixels that are annotated already; they count as certain.

    Returns
    -------
    list of UncertainRegion
        The most uncertain first.
    """
    if annotated is not None:
        uncertainty = np.where(annotated, np.float32(0), uncertainty)
    side = min(side, *uncertainty.shape)
    # Sum over the square that starts at each pixel, from an integral image.
    sums = cv2.integral(uncertainty, sdepth=cv2.CV_64F)
    total = np.asarray(
        sums[side:, side:]
        - sums[:-side, side:]
        - sums[side:, :-side]
        + sums[:-side, :-side]
    )
    boxes: list[UncertainRegion] = []
    while len(boxes) < count:
        row, column = np.unravel_index(int(total.argmax()), total.shape)
        best = float(total[row, column])
        if best <= 0:
            break
        boxes.append(UncertainRegion(int(row), int(column), side, best / side**2))
        near = slice(max(0, row - side + 1), row + side)
        total[near, max(0, column - side + 1) : column + side] = -1
    return boxes
