"""Turn nuclei into polygons along the edges of their pixels, and back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Polygon = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Outline:
    """The outline of one nucleus.

    Attributes
    ----------
    label : int
    parts : tuple of tuple of ndarray of int32, shape (n, 2)
        For each piece of the nucleus its polygon and then the polygons of its holes.
        The points are (column, row) of pixel corners: pixel 0 reaches from 0 to 1.
        Pixels that touch at a corner only are in different pieces, so that no polygon
        touches itself.
    """

    label: int
    parts: tuple[tuple[Polygon, ...], ...]


def find_outlines(labels: NDArray[np.integer]) -> Iterator[Outline]:
    """Yield the outline of every nucleus of a plane.

    The polygons enclose exactly the pixels of the nucleus.

    Parameters
    ----------
    labels : ndarray of int, shape (Y, X)

    Examples
    --------
    >>> import numpy as np
    >>> (outline,) = find_outlines(np.ones((2, 3), int))
    >>> sorted(map(tuple, outline.parts[0][0].tolist()))
    [(0, 0), (0, 2), (3, 0), (3, 2)]
    """
    from scipy.ndimage import find_objects, label

    numbers = np.unique(labels)
    numbers = numbers[numbers > 0]
    # find_objects lists all numbers up to the largest label, and painted labels can be
    # far apart.
    order = np.searchsorted(numbers, labels) + 1
    order[labels == 0] = 0
    for number, window in zip(numbers, find_objects(order), strict=True):
        rows, columns = window
        pieces, count = label(labels[window] == number)
        shift = np.array([columns.start, rows.start])
        parts = [
            part
            for piece in range(1, count + 1)
            for part in trace_piece((pieces == piece).astype(np.uint8), shift)
        ]
        yield Outline(int(number), tuple(parts))


def trace_piece(
    mask: NDArray[np.uint8], shift: NDArray[np.integer]
) -> list[tuple[Polygon, ...]]:
    """Return the polygon of connected pixels and those of its holes.

    Parameters
    ----------
    mask : ndarray of uint8, shape (Y, X)
    shift : ndarray of int, shape (2,)
        Column and row of the first pixel of the mask.
    """
    # At twice the size, the border pixels are on either side of a pixel corner.
    double = np.repeat(np.repeat(mask, 2, axis=0), 2, axis=1)
    found, tree = cv2.findContours(double, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    polygons = [
        remove_collinear(to_pixel_corners(part[:, 0])) + shift for part in found
    ]
    parts = []
    for index, (_, _, child, parent) in enumerate(tree[0]):
        if parent >= 0:
            continue
        holes = []
        while child >= 0:
            holes.append(polygons[child])
            child = tree[0][child][0]
        parts.append((polygons[index], *holes))
    return parts


def to_pixel_corners(path: NDArray[Any]) -> Polygon:
    """Return the pixel corners next to border pixels of the image at twice the size."""
    return np.asarray((path + 1) // 2, np.int32)


def remove_collinear(path: NDArray[np.int32]) -> Polygon:
    """Return a closed path without repeated points and points on a straight line."""
    path = path[np.any(path != np.roll(path, 1, axis=0), axis=1)]
    before, after = path - np.roll(path, 1, axis=0), np.roll(path, -1, axis=0) - path
    turns = before[:, 0] * after[:, 1] != before[:, 1] * after[:, 0]
    # A turn back along the same line is a corner too, the tip of a spike.
    turns |= (before * after).sum(axis=1) < 0
    return np.asarray(path[turns], np.int32)


def fill_ring(
    ring: NDArray[Any], shape: tuple[int, int]
) -> tuple[tuple[slice, slice], NDArray[np.bool_]]:
    """Return the pixels whose centres lie in a ring, and the window that holds them.

    Parameters
    ----------
    ring : ndarray of shape (n, 2)
        Points (x, y); pixel 0 reaches from 0 to 1.
    shape : tuple of int
        Height and width of the image; the window ends there.

    Returns
    -------
    window : tuple of slice
        Rows and columns.
    inside : ndarray of bool, of the shape of the window

    Examples
    --------
    >>> square = np.array([(1, 0), (3, 0), (3, 2), (1, 2)])
    >>> window, inside = fill_ring(square, (8, 8))
    >>> window
    (slice(0, 2, None), slice(1, 3, None))
    >>> inside.tolist()
    [[True, True], [True, True]]
    """
    from skimage.draw import polygon

    points = np.asarray(ring, float)[:, ::-1]
    limits = np.array(shape)
    first = np.clip(np.floor(points.min(axis=0)), 0, limits).astype(int)
    last = np.clip(np.ceil(points.max(axis=0)), first, limits).astype(int)
    inside = np.zeros(last - first, bool)
    if inside.size:
        rows, columns = polygon(*(points - first - 0.5).T, inside.shape)
        inside[rows, columns] = True
    window = (slice(int(first[0]), int(last[0])), slice(int(first[1]), int(last[1])))
    return window, inside


def fill_polygon(
    rings: Sequence[NDArray[Any]], shape: tuple[int, int]
) -> tuple[tuple[slice, slice], NDArray[np.bool_]]:
    """Return the pixels of a polygon without its holes, as `fill_ring` does.

    Parameters
    ----------
    rings : sequence of ndarray of shape (n, 2)
        The outer ring, then the holes.
    shape : tuple of int
        Height and width of the image.
    """
    window, inside = fill_ring(rings[0], shape)
    for hole in rings[1:]:
        part, hollow = fill_ring(hole, shape)
        rows = slice(
            max(part[0].start, window[0].start), min(part[0].stop, window[0].stop)
        )
        columns = slice(
            max(part[1].start, window[1].start), min(part[1].stop, window[1].stop)
        )
        if rows.start >= rows.stop or columns.start >= columns.stop:
            continue
        inside[shifted(rows, window[0]), shifted(columns, window[1])] &= ~hollow[
            shifted(rows, part[0]), shifted(columns, part[1])
        ]
    return window, inside


def shifted(part: slice, window: slice) -> slice:
    """Return a part of a line as indices from the start of a window."""
    return slice(part.start - window.start, part.stop - window.start)
