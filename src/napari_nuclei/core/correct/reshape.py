"""Redraw, smooth, fill, grow and shrink a nucleus."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.correct.boxes import LabelBoxes, union_box
from napari_nuclei.core.correct.crop import (
    Plane,
    Point,
    crop_nuclei,
    find_window,
    make_crop,
    plane_index,
)
from napari_nuclei.core.correct.edit import Edit, Labels
from napari_nuclei.core.correct.numbers import check_number
from napari_nuclei.core.measure.polygon_fill import fill_polygon

CROSS = np.array([[0, 1, 0], [1, 1, 1], [0, 1, 0]], np.uint8)

SMOOTH_SHARE = 0.08
"""Sigma of the Gaussian that smooths an outline, as a fraction of the diameter."""

Mask = NDArray[np.bool_]


def redraw(
    labels: Labels,
    number: int,
    outline: Sequence[Point],
    *,
    plane: Plane = None,
    boxes: LabelBoxes | None = None,
) -> Edit | None:
    """Replace the pixels of a nucleus by those in a drawn outline.

    Pixels of other nuclei stay. A number without pixels gives a new nucleus.

    Parameters
    ----------
    labels : ndarray of int, shape (Y, X) or more axes
        Not modified.
    number : int
    outline : sequence of (y, x)
        Corners of the outline, in pixels; it is closed.
    plane : int or sequence of int, optional
        Index of the plane (Y, X) along the leading axes of a stack.
    boxes : LabelBoxes, optional
        As for `delete`.

    Returns
    -------
    Edit or None
        None if no pixel changes, or the outline holds no pixel that may be used.

    Raises
    ------
    ValueError
        If the outline has fewer than three corners, or the index of a plane is missing.

    Examples
    --------
    >>> labels = np.zeros((6, 6), np.int32)
    >>> labels[0, 0] = 3
    >>> redraw(labels, 3, [(1, 1), (1, 3), (3, 3), (3, 1)]).apply(labels)
    >>> int(labels[0, 0]), labels[1:4, 1:4].tolist()
    (0, [[3, 3, 3], [3, 3, 3], [3, 3, 3]])
    """
    if len(outline) < 3:
        raise ValueError(f"An outline needs at least three corners; got {len(outline)}")
    check_number(labels, number)
    index = plane_index(labels, plane)
    if labels.ndim - len(index) != 2:
        raise ValueError(
            "An outline changes one plane; give plane=, the index along the leading "
            f"axes of labels of shape {labels.shape}"
        )
    corners = np.array([tuple(point)[-2:] for point in outline], float)
    height, width = labels.shape[-2:]
    window, inside = fill_polygon(corners, (height, width))
    if not inside.any():
        return None
    nucleus_window = find_window(labels, number, index, boxes)
    union = window if nucleus_window is None else union_box([window, nucleus_window])
    crop = make_crop(labels, union, index)
    drawn = np.zeros(crop.labels.shape, bool)
    window_in_crop = tuple(
        slice(side.start - outer.start, side.stop - outer.start)
        for side, outer in zip(window, union, strict=True)
    )
    drawn[window_in_crop] = inside
    is_nucleus = crop.labels == number
    drawn &= is_nucleus | (crop.labels == 0)
    if not drawn.any():
        return None
    after = np.where(drawn, number, np.where(is_nucleus, 0, crop.labels))
    return crop.edit(after, "redraw", [] if is_nucleus.any() else [number])


def smooth(
    labels: Labels,
    number: int,
    *,
    plane: Plane = None,
    boxes: LabelBoxes | None = None,
) -> Edit | None:
    """Smooth the outline of a nucleus, in each plane of a stack.

    The area stays about the same. Only background pixels are added.

    Parameters
    ----------
    labels, number, plane, boxes
        As for `grow`.
    """
    return reshape(labels, number, smooth_mask, "smooth", plane, boxes, margin=3)


def fill_holes(
    labels: Labels,
    number: int,
    *,
    plane: Plane = None,
    boxes: LabelBoxes | None = None,
) -> Edit | None:
    """Fill the holes of a nucleus, in each plane of a stack.

    Other nuclei in a hole stay.

    Parameters
    ----------
    labels, number, plane, boxes
        As for `grow`.
    """
    return reshape(labels, number, filled_mask, "fill", plane, boxes, margin=1)


def grow(
    labels: Labels,
    number: int,
    pixels: int = 1,
    *,
    plane: Plane = None,
    boxes: LabelBoxes | None = None,
) -> Edit | None:
    """Expand a nucleus by some pixels of background, in each plane of a stack.

    Parameters
    ----------
    labels : ndarray of int, shape (Y, X), (Z, Y, X) or more axes
        Not modified.
    number : int
    pixels : int
        Distance, in pixels.
    plane, boxes
        As for `delete`.

    Returns
    -------
    Edit or None
        None if no pixel changes.

    Examples
    --------
    >>> labels = np.array([[0, 0, 0, 0], [0, 1, 2, 2], [0, 0, 0, 0]])
    >>> grow(labels, 1).apply(labels)
    >>> labels.tolist()
    [[0, 1, 0, 0], [1, 1, 2, 2], [0, 1, 0, 0]]
    """
    steps = check_pixels(pixels)

    def expanded(mask: Mask) -> Mask:
        return np.asarray(
            cv2.dilate(mask.astype(np.uint8), CROSS, iterations=steps), bool
        )

    return reshape(labels, number, expanded, "grow", plane, boxes, margin=steps)


def shrink(
    labels: Labels,
    number: int,
    pixels: int = 1,
    *,
    plane: Plane = None,
    boxes: LabelBoxes | None = None,
) -> Edit | None:
    """Remove the outermost pixels of a nucleus, in each plane of a stack.

    Parameters
    ----------
    labels, number, pixels, plane, boxes
        As for `grow`.

    Returns
    -------
    Edit or None
        None if nothing would be left of the nucleus.
    """
    steps = check_pixels(pixels)

    def shrunk(mask: Mask) -> Mask:
        # The end of the image is not an outline: nuclei there are cut off by it.
        return np.asarray(
            cv2.erode(mask.astype(np.uint8), CROSS, iterations=steps), bool
        )

    return reshape(labels, number, shrunk, "shrink", plane, boxes, margin=steps)


def check_pixels(pixels: int) -> int:
    """Return `pixels`, checked to be at least 1.

    Raises
    ------
    ValueError
        If it is smaller.
    """
    if pixels < 1:
        raise ValueError(f"pixels must be at least 1; got {pixels}")
    return int(pixels)


def reshape(
    labels: Labels,
    number: int,
    change: Callable[[Mask], Mask],
    kind: str,
    plane: Plane,
    boxes: LabelBoxes | None,
    margin: int,
) -> Edit | None:
    """Change the mask of a nucleus in each plane, without covering other nuclei.

    Parameters
    ----------
    labels, number, plane, boxes
        As for `grow`.
    change : callable
        Takes a mask (Y, X) and returns the new one.
    kind : str
        Name of the operation.
    margin : int
        Pixels by which the nucleus may grow.
    """
    crop = crop_nuclei(labels, [number], plane=plane, boxes=boxes, margin=margin)
    if crop is None:
        return None
    is_nucleus = crop.labels == number
    planes = is_nucleus.reshape(-1, *is_nucleus.shape[-2:])
    changed = np.stack([change(mask) if mask.any() else mask for mask in planes])
    mask = changed.reshape(is_nucleus.shape) & (is_nucleus | (crop.labels == 0))
    if not mask.any():
        return None
    after = np.where(mask, number, np.where(is_nucleus, 0, crop.labels))
    return crop.edit(after, kind)


def smooth_mask(mask: Mask) -> Mask:
    """Return a mask (Y, X) with a smooth outline and about the same area."""
    area = int(np.count_nonzero(mask))
    sigma = max(1.0, SMOOTH_SHARE * float(np.sqrt(4 * area / np.pi)))
    # Reflected at the end of the window, so that nuclei at the end of the image stay.
    values = cv2.GaussianBlur(
        mask.astype(np.float32), (0, 0), sigma, borderType=cv2.BORDER_REPLICATE
    )
    limit = float(np.partition(values.ravel(), -area)[-area])
    smoothed = np.asarray(values >= max(limit, 1e-3), bool)
    _, components, stats, _ = cv2.connectedComponentsWithStats(
        smoothed.astype(np.uint8)
    )
    count_before = int(cv2.connectedComponents(mask.astype(np.uint8))[0]) - 1
    if len(stats) - 1 <= count_before:
        return smoothed
    largest = np.argsort(-stats[1:, cv2.CC_STAT_AREA])[:count_before] + 1
    return np.asarray(np.isin(components, largest), bool)


def filled_mask(mask: Mask) -> Mask:
    """Return a mask (Y, X) without holes."""
    from scipy.ndimage import binary_fill_holes

    return np.asarray(binary_fill_holes(mask), bool)
