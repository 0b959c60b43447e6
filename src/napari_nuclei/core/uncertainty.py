"""Where a network is least sure of an image: what is best annotated next.

A network that has learnt a kind of image says the same of its mirror images. Where it
does not, or is near one half, an annotation teaches it most.
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
"""Quarter turns, and whether mirrored, of the views that are compared."""


@dataclass(frozen=True, slots=True)
class UncertainRegion:
    """A square in an image, in pixels, and how unsure the network is there, 0 to 1."""

    row: int
    column: int
    side: int
    uncertainty: float


def prediction_spread(image: Floats, predict: Callable[[Floats], Floats]) -> Floats:
    """Return how far the views of an image disagree.

    Parameters
    ----------
    image : ndarray of float32, shape (Y, X, C)
    predict : callable
        Takes such an image and gives probabilities of the foreground, (Y, X).

    Returns
    -------
    ndarray of float32, shape (Y, X)
        Standard deviation of the probability over the views, 0 to 0.5.
    """
    seen = []
    for quarter, mirror in TEST_TIME_VIEWS:
        view = np.rot90(image[:, ::-1] if mirror else image, quarter)
        found = np.rot90(predict(np.ascontiguousarray(view)), -quarter)
        seen.append(found[:, ::-1] if mirror else found)
    return np.asarray(np.std(seen, axis=0), np.float32)


def find_uncertain_regions(
    uncertainty: Floats,
    side: int,
    count: int,
    annotated: NDArray[np.bool_] | None = None,
) -> list[UncertainRegion]:
    """Return the squares of most uncertainty, the worst first; none overlaps another.

    Parameters
    ----------
    uncertainty : ndarray of float32, shape (Y, X)
    side : int
        Of a square, in pixels.
    count : int
        Most squares.
    annotated : ndarray of bool, shape (Y, X), optional
        What is annotated already; it leaves no uncertainty.

    Returns
    -------
    list of UncertainRegion
    """
    left = (
        uncertainty
        if annotated is None
        else np.where(annotated, 0, uncertainty).astype(np.float32)
    )
    side = min(side, *uncertainty.shape)
    # The sum over each square that begins at a pixel, from sums over rectangles.
    sums = cv2.integral(left, sdepth=cv2.CV_64F)
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
