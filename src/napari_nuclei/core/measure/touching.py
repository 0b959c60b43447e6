"""Estimate how many nuclei touch in masks whose connected parts count as nuclei."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

MIN_AREA = 30
"""Smallest area of a part that is examined, in pixels."""

MIN_DENT = 0.18
"""A part is concave if its outline lies deeper below its convex hull than this fraction
of the radius of a disc of its area."""

MIN_DENT_PIXELS = 1.5
"""Smallest depth of a dent, in pixels; below are the steps of an outline."""

DEPTHS = (0.4, 0.5, 0.6, 0.7, 0.8)
"""Fractions of a part's largest inner distance at which it is cut."""


@dataclass(frozen=True, slots=True)
class TouchingEstimate:
    """Parts of a mask that look like several touching nuclei.

    Attributes
    ----------
    parts : int
        Number of such parts.
    nuclei : int
        Estimated number of nuclei in them.
    """

    parts: int = 0
    nuclei: int = 0

    def __add__(self, other: TouchingEstimate) -> TouchingEstimate:
        """Return the sums of both numbers."""
        return TouchingEstimate(self.parts + other.parts, self.nuclei + other.nuclei)


def estimate_touching(labels: NDArray[np.integer]) -> TouchingEstimate:
    """Find parts with dents in their outline that a cut divides into several.

    The estimate is low: touching nuclei without a dent between them look like one.

    Parameters
    ----------
    labels : ndarray of int, shape (Y, X)
        The connected parts of a mask, each with its own number.

    Returns
    -------
    TouchingEstimate

    Examples
    --------
    >>> labels = np.zeros((40, 60), np.int32)
    >>> for column in (20, 36):
    ...     _ = cv2.circle(labels, (column, 20), 9, 1, cv2.FILLED)
    >>> estimate_touching(labels)
    TouchingEstimate(parts=1, nuclei=2)
    """
    from scipy.ndimage import find_objects

    estimate = TouchingEstimate()
    for number, box in enumerate(find_objects(np.asarray(labels)), 1):
        if box is None:
            continue
        part = np.pad((labels[box] == number).astype(np.uint8), 1)
        area = int(np.count_nonzero(part))
        if area >= MIN_AREA and is_dented(part, area):
            count = count_after_cut(part)
            if count > 1:
                estimate += TouchingEstimate(1, count)
    return estimate


def is_dented(part: NDArray[np.uint8], area: int) -> bool:
    """Return whether the outline of a part lies deep below its convex hull."""
    outlines, _ = cv2.findContours(part, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    outline = max(outlines, key=len).reshape(-1, 2)
    hull = cv2.fillConvexPoly(np.zeros_like(part), cv2.convexHull(outline), 1)
    below = cv2.distanceTransform(hull, cv2.DIST_L2, cv2.DIST_MASK_5)
    deepest = float(below[outline[:, 1], outline[:, 0]].max()) - 1
    radius = float(np.sqrt(area / np.pi))
    return deepest > max(MIN_DENT_PIXELS, MIN_DENT * radius)


def count_after_cut(part: NDArray[np.uint8]) -> int:
    """Return the largest number of parts that a cut at some inner distance leaves."""
    distance = cv2.distanceTransform(part, cv2.DIST_L2, cv2.DIST_MASK_5)
    distance = cv2.GaussianBlur(distance, (0, 0), 1.0) * part
    deepest = float(distance.max())
    counts = []
    for depth in DEPTHS:
        cut = (distance > depth * deepest).astype(np.uint8)
        _, _, sizes, _ = cv2.connectedComponentsWithStats(cut, connectivity=8)
        counts.append(int(np.count_nonzero(sizes[1:, cv2.CC_STAT_AREA] >= 3)))
    return max(counts)
