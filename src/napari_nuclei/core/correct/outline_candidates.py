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

CROSS = np.array([[0, 1, 0], [1, 1, 1], [0, 1, 0]], np.uint8)

SOLIDITY, ROUNDNESS, STEEPNESS, AREA = 1.5, 1.0, 1.2, 1 / 3
"""Powers of the properties of an outline in its plausibility.

They were chosen on missed nuclei of validation images of DSB2018 and TNBC, as were the
next two.
"""

SMALLER, LARGER = 0.1, 1.1
"""Penalties for the square of the logarithm of the area over the typical area, for
outlines that are smaller and larger. Missed nuclei are often small."""

BORDER_PENALTY = 0.5
"""Factor for outlines that reach the end of the window."""

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Outline:
    """One possible outline of a nucleus.

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
    window: Region = tuple(slice(0, size) for size in evidence.shape)
    for level in sorted(levels):
        if level > top:
            break
        room = free[window]
        above = (evidence[window] >= level) & room
        y, x = (i - side.start for i, side in zip(click, window, strict=True))
        inner, mask = component_at(above, (y, x), room)
        # Outlines are nested: the next one lies in the window of this one.
        window = region = shifted(inner, window)
        area = int(np.count_nonzero(mask))
        if area < MIN_AREA or area == last:
            continue
        last = area
        shape = describe(mask, evidence[region], slope[region], free[region])
        value = plausibility(shape, area, typical_area)
        if reaches_end(region, evidence.shape):
            value *= BORDER_PENALTY
        outlines.append(Outline(region, mask, float(level), value))
    return outlines


def shifted(inner: Region, outer: Region) -> Region:
    """Return a window in a window, in the whole array."""
    return tuple(
        slice(side.start + start.start, side.stop + start.start)
        for side, start in zip(inner, outer, strict=True)
    )


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
) -> tuple[Region, NDArray[np.bool_]]:
    """Return the smooth component of a mask at a click, with its holes filled.

    Parameters
    ----------
    mask : ndarray of bool, shape (Y, X)
    click : tuple of int
        Row and column.
    free : ndarray of bool, shape (Y, X)
        Pixels that the component may have.

    Returns
    -------
    region : tuple of slice
        Window that holds the component.
    component : ndarray of bool, of the shape of the window
        Nothing is True if the click is not in the mask.
    """
    whole = mask.astype(np.uint8)
    padded = np.pad(whole, 1)
    opened = cv2.morphologyEx(padded, cv2.MORPH_OPEN, CROSS)[1:-1, 1:-1]
    for candidate in (opened, whole):
        if candidate[click]:
            drawn = np.ascontiguousarray(candidate)
            *_, (x, y, width, height) = cv2.floodFill(drawn, None, click[::-1], 2)
            region: Region = (slice(y, y + height), slice(x, x + width))
            return region, fill((drawn[region] == 2).astype(np.uint8)) & free[region]
    nothing: Region = tuple(slice(i, i + 1) for i in click)
    return nothing, np.zeros((1, 1), bool)


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


@dataclass(frozen=True, slots=True)
class Shape:
    """Shape features that distinguish nuclei from other outlines.

    Attributes
    ----------
    solidity : float
        Area over that of the convex hull, without pixels of neighbours.
    roundness : float
        4 pi area / perimeter^2, at most 1.
    steepness : float
        Change of the evidence per pixel at the border, over the largest evidence.
    """

    solidity: float
    roundness: float
    steepness: float


def describe(
    mask: NDArray[np.bool_],
    evidence: Floats,
    slope: Floats,
    free: NDArray[np.bool_],
) -> Shape:
    """Measure an outline.

    Parameters
    ----------
    mask : ndarray of bool, shape (Y, X)
        Connected.
    evidence, slope : ndarray of float32, shape (Y, X)
    free : ndarray of bool, shape (Y, X)
        Pixels without a nucleus.
    """
    drawn = mask.astype(np.uint8)
    contours, _ = cv2.findContours(drawn, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    contour = max(contours, key=len)
    hull = cv2.fillConvexPoly(np.zeros_like(drawn), cv2.convexHull(contour), 1)
    area = float(np.count_nonzero(mask))
    # Neighbours may dent a nucleus: their pixels do not count.
    room = float(np.count_nonzero(hull.astype(bool) & (free | mask)))
    perimeter = max(float(cv2.arcLength(contour, True)), 1.0)
    rim = np.zeros_like(drawn)
    cv2.drawContours(rim, [contour], -1, 1, 1)
    largest = max(float(evidence[mask].max()), 1e-6)
    return Shape(
        area / max(room, 1.0),
        min(1.0, 4 * np.pi * area / perimeter**2),
        float(slope[rim.astype(bool)].mean()) / largest,
    )


def plausibility(shape: Shape, area: float, typical_area: float | None) -> float:
    """Return how much an outline looks like a nucleus.

    This is the product of powers of its solidity, roundness and steepness, and of the
    fit of its area to the typical one.

    Parameters
    ----------
    shape : Shape
    area : float
        In pixels.
    typical_area : float, optional
        Area of most nuclei, in pixels.
    """
    value = (
        shape.solidity**SOLIDITY
        * shape.roundness**ROUNDNESS
        * shape.steepness**STEEPNESS
        * area**AREA
    )
    if typical_area:
        deviation = np.log(area / typical_area)
        penalty = LARGER if deviation > 0 else SMALLER
        value *= float(np.exp(-penalty * deviation**2))
    return float(value)


def reaches_end(region: Region, shape: tuple[int, ...]) -> bool:
    """Return whether a window reaches the end of the array that it is part of."""
    sides = zip(region, shape, strict=True)
    return any(side.start == 0 or side.stop == size for side, size in sides)
