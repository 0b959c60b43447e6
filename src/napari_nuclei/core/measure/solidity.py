"""Measure the solidity of nuclei: their area over that of their convex hulls."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.measure.pixels import NucleusPixels

HULLS_PER_CHECK = 100
"""Number of convex hulls between two calls of `check`."""

TOLERANCE = 1e-9
"""Distance at which a pixel counts as on the hull."""


def measure_solidity(
    pixels: NucleusPixels, check: Callable[[], object] = lambda: None
) -> NDArray[np.float64]:
    """Return the area of each nucleus over that of its convex hull.

    The hull is that of the middles of the pixels' sides, and its area is the number of
    pixels whose centres lie in it. The values are those of scikit-image's
    `regionprops`; that function makes thousands of objects, and their garbage
    collection freezes napari's window.

    Parameters
    ----------
    pixels : NucleusPixels
        Pixels of the nuclei of a plane.
    check : callable
        Called from time to time; raise an exception in it to stop.

    Returns
    -------
    ndarray of float64, shape (nuclei,)
    """
    import cv2

    if not len(pixels):
        return np.zeros(0)
    rows, first, last, counts = ends_of_rows(pixels)
    # In half pixels, so that the middles of the sides are whole numbers.
    corners = np.stack(
        [
            np.stack([2 * first - 1, 2 * rows], axis=-1),
            np.stack([2 * first, 2 * rows - 1], axis=-1),
            np.stack([2 * first, 2 * rows + 1], axis=-1),
            np.stack([2 * last + 1, 2 * rows], axis=-1),
            np.stack([2 * last, 2 * rows - 1], axis=-1),
            np.stack([2 * last, 2 * rows + 1], axis=-1),
        ],
        axis=1,
    ).astype(np.int32)
    hulls = []
    start = 0
    for number, end in enumerate(np.cumsum(counts).tolist()):
        if number % HULLS_PER_CHECK == 0:
            check()
        hull = cv2.convexHull(corners[start:end].reshape(-1, 1, 2))
        hulls.append(hull[:, 0].astype(np.int32, copy=False))
        start = end
    return pixels.counts / count_pixels_in_hulls(hulls, rows, counts)


def ends_of_rows(
    pixels: NucleusPixels,
) -> tuple[NDArray[np.int64], ...]:
    """Return the first and last column of each nucleus in each of its rows.

    Returns
    -------
    rows, first, last : ndarray of int64, shape (rows of all nuclei,)
        Row, first and last column, nucleus after nucleus.
    counts : ndarray of int64, shape (nuclei,)
        Number of rows of each nucleus.
    """
    y, x = pixels.coordinates
    is_new = np.ones(len(y), bool)
    is_new[1:] = (np.diff(y) != 0) | (np.diff(pixels.rows) != 0)
    starts = np.flatnonzero(is_new)
    ends = np.append(starts[1:], len(y)) - 1
    counts = np.bincount(pixels.rows[starts], minlength=len(pixels))
    return y[starts], x[starts], x[ends], counts


def count_pixels_in_hulls(
    hulls: list[NDArray[np.int32]],
    rows: NDArray[np.int64],
    counts: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Return the number of pixels whose centres lie in each convex hull.

    Parameters
    ----------
    hulls : list of ndarray of int32, shape (N, 2)
        Corners (x, y) of each hull, in half pixels.
    rows : ndarray of int64, shape (rows of all nuclei,)
        Rows with pixels of each nucleus, nucleus after nucleus.
    counts : ndarray of int64, shape (nuclei,)
        Number of these rows.
    """
    sizes = np.array([len(hull) for hull in hulls])
    owner = np.repeat(np.arange(len(hulls)), sizes)
    x, y = np.concatenate(hulls).astype(np.float64).T
    starts = np.cumsum(sizes) - sizes
    top, bottom = np.minimum.reduceat(y, starts), np.maximum.reduceat(y, starts)

    def middle(is_end: NDArray[np.bool_]) -> NDArray[np.float64]:
        total = np.bincount(owner[is_end], x[is_end], len(hulls))
        return total / np.bincount(owner[is_end], minlength=len(hulls))

    # A line from the top to the bottom parts the left from the right side of a hull.
    top_x, bottom_x = middle(y == top[owner]), middle(y == bottom[owner])
    slope = (bottom_x - top_x) / (bottom - top)
    side = x - (top_x[owner] + slope[owner] * (y - top[owner]))
    # Each hull gets rows of its own in one list, so that all are looked up at once.
    first_row = rows[np.cumsum(counts) - counts]
    last_row = rows[np.cumsum(counts) - 1]
    heights = last_row - first_row + 1
    shift = np.cumsum(2 * heights + 4) - (2 * heights + 4) - 2 * first_row + 2
    hull_of_row = np.repeat(np.arange(len(hulls)), heights)
    looked_up = np.arange(heights.sum()) - (np.cumsum(heights) - heights)[hull_of_row]
    looked_up = 2 * (looked_up + first_row[hull_of_row]) + shift[hull_of_row]

    def edge(on_side: NDArray[np.bool_]) -> NDArray[np.float64]:
        key = y[on_side] + shift[owner[on_side]]
        order = np.argsort(key, kind="stable")
        x_of_edge: NDArray[np.float64] = np.interp(
            looked_up, key[order], x[on_side][order]
        )
        return x_of_edge

    left = np.ceil(edge(side <= TOLERANCE) / 2 - TOLERANCE)
    right = np.floor(edge(side >= -TOLERANCE) / 2 + TOLERANCE)
    inside = np.maximum(right - left + 1, 0)
    return np.bincount(hull_of_row, inside, len(hulls)).astype(np.int64)
