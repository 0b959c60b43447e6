"""Split a nucleus along a drawn line."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.correct.boxes import LabelBoxes
from napari_nuclei.core.correct.crop import Plane, Point, crop_nuclei, points_in_crop
from napari_nuclei.core.correct.edit import Edit, Labels
from napari_nuclei.core.correct.parts import number_parts, spread_to_mask

MIN_PART = 0.01
"""Pieces below this fraction of the nucleus belong to the part next to them."""

END_LENGTH = 3.0
"""Length of the end of a line that tells its direction, in pixels."""

Floats = NDArray[np.float64]


def split_by_line(
    labels: Labels,
    number: int,
    line: Sequence[Point],
    *,
    new: int | None = None,
    plane: Plane = None,
    boxes: LabelBoxes | None = None,
) -> Edit | None:
    """Split a nucleus along a line drawn across it.

    An end of the line inside the nucleus is extended to its outline. Pixels on the
    line belong to the nearest part, so no pixel is lost. A stack is split along the
    same line in all planes.

    Parameters
    ----------
    labels : ndarray of int, shape (Y, X), (Z, Y, X) or more axes
        Not modified.
    number : int
        The nucleus; its largest part retains the number.
    line : sequence of (y, x)
        Corners of the line, in pixels.
    new : int, optional
        Number of the other part (further ones count on from it); `next_label` by
        default, which searches the whole array.
    plane, boxes
        As for `delete`.

    Returns
    -------
    Edit or None
        None if the line does not divide the nucleus.

    Raises
    ------
    ValueError
        If the line has fewer than two corners.

    Examples
    --------
    >>> labels = np.ones((4, 7), np.int32)
    >>> split_by_line(labels, 1, [(-1, 2), (5, 2)]).apply(labels)
    >>> np.unique(labels).tolist(), labels[:, 0].tolist(), labels[:, 6].tolist()
    ([1, 2], [2, 2, 2, 2], [1, 1, 1, 1])
    """
    if len(line) < 2:
        raise ValueError(f"A line needs at least two corners; got {len(line)}")
    crop = crop_nuclei(labels, [number], plane=plane, boxes=boxes, margin=1)
    if crop is None:
        return None
    corners = points_in_crop(crop, line)[:, -2:]
    nucleus = crop.labels == number
    flat = nucleus if nucleus.ndim == 2 else nucleus.any(axis=0)
    parts = divide(flat, corners)
    return number_parts(crop, np.where(nucleus, parts, 0), new)


def divide(mask: NDArray[np.bool_], corners: Floats) -> NDArray[np.int32]:
    """Return the parts of a mask on both sides of a line, numbered from 1.

    Parameters
    ----------
    mask : ndarray of bool, shape (Y, X)
    corners : ndarray of float, shape (n, 2)
        Positions (y, x) relative to the mask.
    """
    if not mask.any():
        return np.zeros(mask.shape, np.int32)
    extended = extend_line(mask, corners)
    drawn = draw_line(mask.shape, extended)
    _, whole = cv2.connectedComponents(mask.astype(np.uint8), connectivity=8)
    crossed = np.isin(whole, np.unique(whole[drawn & mask])) & mask
    pieces = large_pieces(crossed & ~drawn, int(mask.sum()))
    if pieces.max() < 2 and whole.max() > 1:  # drawn between separate pieces
        pieces = large_pieces(
            sides_of_line(mask.shape, corners) & ~drawn, int(mask.sum())
        )
    if not pieces.any():
        return mask.astype(np.int32)
    return spread_to_mask(pieces * mask if (pieces * mask).any() else pieces, mask)


def large_pieces(mask: NDArray[np.bool_], area: int) -> NDArray[np.int32]:
    """Return the connected pieces of a mask that are not tiny, numbered from 1.

    Pieces connect along sides of pixels only: a drawn line connects along corners too,
    so that no piece reaches across it.
    """
    _, pieces, stats, _ = cv2.connectedComponentsWithStats(
        mask.astype(np.uint8), connectivity=4
    )
    large = stats[:, cv2.CC_STAT_AREA] >= max(2.0, MIN_PART * area)
    large[0] = False
    numbers = np.where(large, np.cumsum(large), 0)
    return np.asarray(numbers[pieces], np.int32)


def sides_of_line(shape: tuple[int, ...], corners: Floats) -> NDArray[np.bool_]:
    """Return all pixels but those of a line that is extended over the whole array."""
    reach = float(sum(shape)) + float(np.abs(corners).max())
    first = corners[0] + reach * end_direction(corners[::-1])
    last = corners[-1] + reach * end_direction(corners)
    return ~draw_line(shape, np.vstack([first, corners, last]))


def extend_line(mask: NDArray[np.bool_], corners: Floats) -> Floats:
    """Extend ends of a line that lie inside a mask to just outside it."""
    start = leave_mask(mask, corners[0], end_direction(corners[::-1]))
    end = leave_mask(mask, corners[-1], end_direction(corners))
    return np.vstack([start, corners, end])


def leave_mask(mask: NDArray[np.bool_], point: Floats, step: Floats) -> Floats:
    """Return the first position outside a mask from a point along a direction."""
    if not step.any():
        return point
    position = point
    while is_inside(mask, position):
        position = position + step
    return position


def is_inside(mask: NDArray[np.bool_], position: Floats) -> bool:
    """Return whether a position (y, x) lies on a pixel of a mask."""
    y, x = np.rint(position).astype(int)
    inside = 0 <= y < mask.shape[0] and 0 <= x < mask.shape[1]
    return bool(inside and mask[y, x])


def end_direction(corners: Floats) -> Floats:
    """Return the direction of a line at its end, of length 1; zeros for a point.

    A hand trembles, and the mouse is often released where the line ended: the direction
    is that of the last pixels.
    """
    ways = corners[-1] - corners
    lengths = np.hypot(*ways.T)
    far = np.flatnonzero(lengths >= min(END_LENGTH, lengths.max()))
    length = lengths[far[-1]]
    return ways[far[-1]] / length if length else np.zeros(2)


def draw_line(shape: tuple[int, ...], corners: Floats) -> NDArray[np.bool_]:
    """Return the pixels of a line of one pixel's width.

    Parameters
    ----------
    shape : tuple of int
        Height and width.
    corners : ndarray of float, shape (n, 2)
        Positions (y, x).
    """
    canvas = np.zeros(shape, np.uint8)
    points = np.rint(corners[:, ::-1]).astype(np.int32)
    cv2.polylines(canvas, [points[:, np.newaxis]], False, 1, 1, cv2.LINE_8)
    return canvas.astype(bool)
