"""Find the outlines of a nucleus round a click, one for each threshold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.correct.edit import Region

LEVELS = 24
"""Number of thresholds that are tried."""

MIN_AREA = 12
"""Smallest outline, in pixels."""

SIZE_SPREAD = 0.6
"""Standard deviation of the logarithm of the area of nuclei that is assumed."""

BORDER_PENALTY = 0.5
"""Factor for outlines that reach the end of the window."""

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Outline:
    """Hold one possible outline of a nucleus.

    Attributes
    ----------
    region : tuple of slice
        Window of the plane (Y, X) that holds the nucleus.
    mask : ndarray of bool, of the shape of the window
        Pixels of the nucleus.
    level : float
        Threshold that gives this outline, 0 to 1.
    plausibility : float
        How much the outline looks like a nucleus: larger is better.
    """

    region: Region
    mask: NDArray[np.bool_]
    level: float
    plausibility: float

    @property
    def area(self) -> int:
        """Return the number of pixels."""
        return int(np.count_nonzero(self.mask))


def nested_outlines(
    evidence: Floats,
    free: NDArray[np.bool_],
    click: tuple[int, int],
    *,
    typical_area: float | None = None,
    levels: Sequence[float] | None = None,
) -> list[Outline]:
    """Return the outlines round a click, from the largest to the smallest.

    Parameters
    ----------
    evidence : ndarray of float32, shape (Y, X)
        From 0 (background) to 1 (nucleus).
    free : ndarray of bool, shape (Y, X)
        Pixels without a nucleus.
    click : tuple of int
        Row and column of a free pixel.
    typical_area : float, optional
        Area of most nuclei, in pixels.
    levels : sequence of float, optional
        Thresholds; by default they are spread up to the evidence at the click.
    """
    top = float(evidence[click])
    if levels is None:
        levels = spread_levels(top)
    slope = border_slope(evidence)
    outlines: list[Outline] = []
    last = -1
    for level in sorted(levels):
        if level > top:
            break
        mask = component_at((evidence >= level) & free, click, free)
        area = int(np.count_nonzero(mask))
        if area < MIN_AREA or area == last:
            continue
        last = area
        value = plausibility(mask, evidence, slope, free, typical_area)
        rows, columns = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
        region = (
            slice(int(rows[0]), int(rows[-1]) + 1),
            slice(int(columns[0]), int(columns[-1]) + 1),
        )
        outlines.append(Outline(region, mask[region], float(level), value))
    return outlines


def spread_levels(top: float) -> list[float]:
    """Return thresholds below the evidence at a click, closer together near its ends.

    Parameters
    ----------
    top : float
        Evidence at the click, 0 to 1.
    """
    limited = min(max(top, 1e-3), 1 - 1e-3)
    highest = np.log(limited / (1 - limited))
    lowest = min(np.log(0.02 / 0.98), highest - 3.0)
    logits = np.linspace(lowest, highest, LEVELS + 1)[:-1]
    return [float(level) for level in 1 / (1 + np.exp(-logits))]


def component_at(
    mask: NDArray[np.bool_], click: tuple[int, int], free: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Return the smooth component of a mask at a click, with its holes filled.

    Parameters
    ----------
    mask : ndarray of bool, shape (Y, X)
    click : tuple of int
        Row and column.
    free : ndarray of bool, shape (Y, X)
        Pixels that the component may have.
    """
    window = np.array([[0, 1, 0], [1, 1, 1], [0, 1, 0]], np.uint8)
    padded = np.pad(mask.astype(np.uint8), 1)
    opened = cv2.morphologyEx(padded, cv2.MORPH_OPEN, window)[1:-1, 1:-1]
    for candidate in (opened, mask.astype(np.uint8)):
        if candidate[click]:
            _, parts = cv2.connectedComponents(candidate, connectivity=4)
            part = (parts == parts[click]).astype(np.uint8)
            return fill(part) & free
    return np.zeros(mask.shape, bool)


def fill(part: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Return a connected mask with its holes filled."""
    outlines, _ = cv2.findContours(part, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    filled = np.zeros_like(part)
    cv2.drawContours(filled, outlines, -1, 1, cv2.FILLED)
    return filled.astype(bool)


def border_slope(evidence: Floats) -> Floats:
    """Return how steeply the evidence changes, per pixel."""
    smooth = cv2.GaussianBlur(evidence, (0, 0), 0.8)
    down = cv2.Sobel(smooth, cv2.CV_32F, 0, 1) / 8
    right = cv2.Sobel(smooth, cv2.CV_32F, 1, 0) / 8
    return np.asarray(np.hypot(down, right), np.float32)


def plausibility(
    mask: NDArray[np.bool_],
    evidence: Floats,
    slope: Floats,
    free: NDArray[np.bool_],
    typical_area: float | None,
) -> float:
    """Say how much an outline looks like a nucleus.

    The product of its solidity, its roundness, the contrast at its border relative to
    the largest evidence inside, and the fit of its area to `typical_area`.

    Parameters
    ----------
    mask : ndarray of bool, shape (Y, X)
        Connected.
    evidence, slope : ndarray of float32, shape (Y, X)
    free : ndarray of bool, shape (Y, X)
        Pixels without a nucleus.
    typical_area : float, optional
        In pixels.
    """
    drawn = mask.astype(np.uint8)
    contours, _ = cv2.findContours(drawn, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    contour = max(contours, key=len)
    hull = cv2.fillConvexPoly(np.zeros_like(drawn), cv2.convexHull(contour), 1)
    area = float(np.count_nonzero(mask))
    # Neighbours may dent a nucleus: their pixels do not count.
    room = float(np.count_nonzero(hull.astype(bool) & (free | mask)))
    solidity = area / max(room, 1.0)
    perimeter = max(float(cv2.arcLength(contour, True)), 1.0)
    roundness = min(1.0, 4 * np.pi * area / perimeter**2)
    rim = np.zeros_like(drawn)
    cv2.drawContours(rim, [contour], -1, 1, 1)
    inside = max(float(evidence[mask].max()), 1e-6)
    steepness = float(slope[rim.astype(bool)].mean()) / inside
    value = solidity**3 * roundness**0.5 * steepness
    if typical_area:
        deviation = np.log(area / typical_area) / SIZE_SPREAD
        value *= float(np.exp(-0.5 * deviation**2))
    if touches_end(mask):
        value *= BORDER_PENALTY
    return float(value)


def touches_end(mask: NDArray[np.bool_]) -> bool:
    """Return whether a mask reaches the end of its window."""
    edges = (mask[0], mask[-1], mask[:, 0], mask[:, -1])
    return any(bool(edge.any()) for edge in edges)
