"""Split a nucleus at clicked points."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.correct.boxes import LabelBoxes
from napari_nuclei.core.correct.crop import (
    Crop,
    Plane,
    Point,
    crop_nuclei,
    points_in_crop,
)
from napari_nuclei.core.correct.edit import Edit, Labels
from napari_nuclei.core.correct.parts import number_parts, spread_to_mask

SIGMA = 1.0
"""Sigma, in pixels, of the Gaussian that smooths distance maps."""

MARGIN = 4
"""Margin, in pixels, that holds all pixels that the Gaussian mixes with a nucleus."""

MAX_MISS = 3.0
"""Largest distance of a click from the nucleus, in pixels."""

MIN_SHARE = 0.4
"""Smallest area of a part of the watershed, as a fraction of the area of the same part
in a split midway between the points. If a part is smaller, the split is midway."""


def split_by_points(
    labels: Labels,
    number: int,
    points: Sequence[Point],
    distance: NDArray[np.floating[Any]] | None = None,
    *,
    origin: Sequence[int] | None = None,
    spacing: Sequence[float] | None = None,
    new: int | None = None,
    plane: Plane = None,
    boxes: LabelBoxes | None = None,
) -> Edit | None:
    """Split a nucleus into one part per point.

    The points are markers of a watershed on the network's inner distance, or on the
    distance to the outline without it. Points that lie in one basin split the nucleus
    midway between them.

    Parameters
    ----------
    labels : ndarray of int, shape (Y, X), (Z, Y, X) or more axes
        Not modified.
    number : int
        The nucleus; its largest part retains the number.
    points : sequence of (y, x) or (z, y, x)
        At least two. Points (y, x) split a stack in the same way in all planes.
    distance : ndarray of float, optional
        The network's inner distance of the array, the plane, or a part of it.
    origin : sequence of int, optional
        Position of the first pixel of `distance`, if it is a part.
    spacing : sequence of float, optional
        Size of a voxel along Z, Y and X, for a stack; the same on all sides by default.
    new : int, optional
        As for `split_by_line`.
    plane, boxes
        As for `delete`.

    Returns
    -------
    Edit or None
        None if the nucleus is not there, or all points are the same pixel.

    Raises
    ------
    ValueError
        If there are fewer than two points, or a point lies more than 3 pixels outside
        the nucleus.

    Examples
    --------
    >>> labels = np.ones((3, 8), np.int32)
    >>> split_by_points(labels, 1, [(1, 1), (1, 6)], new=9).apply(labels)
    >>> labels[1].tolist()
    [1, 1, 1, 1, 9, 9, 9, 9]
    """
    if len(points) < 2:
        raise ValueError(f"Splitting needs at least two points; got {len(points)}")
    crop = crop_nuclei(labels, [number], plane=plane, boxes=boxes, margin=MARGIN)
    if crop is None:
        return None
    nucleus = crop.labels == number
    if not nucleus.any():
        return None
    positions = points_in_crop(crop, points)
    sides = check_spacing(spacing, nucleus.ndim)
    inner = smooth_distance(crop, nucleus, distance, origin, sides)
    if positions.shape[1] == nucleus.ndim:
        markers = place_markers(nucleus, positions, number)
        parts = divide_at_markers(nucleus, markers, inner, sides)
    else:
        flat = nucleus.any(axis=0)
        markers = place_markers(flat, positions, number)
        divided = divide_at_markers(flat, markers, inner.max(axis=0), sides[-2:])
        parts = np.where(nucleus, divided, 0)
    return number_parts(crop, parts, new)


def check_spacing(spacing: Sequence[float] | None, ndim: int) -> tuple[float, ...]:
    """Return the size of a pixel along each axis, relative to X.

    Raises
    ------
    ValueError
        If there is not one positive number per axis.
    """
    if spacing is None:
        return (1.0,) * ndim
    sides = tuple(float(side) for side in spacing)
    if len(sides) != ndim or not all(0 < side < np.inf for side in sides):
        raise ValueError(
            f"spacing must have {ndim} numbers above 0, one per axis; got {spacing}"
        )
    return tuple(side / sides[-1] for side in sides)


def place_markers(
    nucleus: NDArray[np.bool_], positions: NDArray[np.float64], number: int
) -> NDArray[np.int32]:
    """Mark the pixel of a nucleus that is nearest to each position, from 1.

    Raises
    ------
    ValueError
        If a position lies more than `MAX_MISS` pixels outside the nucleus.
    """
    inside = np.argwhere(nucleus)
    markers = np.zeros(nucleus.shape, np.int32)
    for index, position in enumerate(positions, 1):
        away = np.linalg.norm(inside - position, axis=1)
        nearest = int(away.argmin())
        if away[nearest] > MAX_MISS:
            raise ValueError(
                f"Point {index} lies outside nucleus {number}; click in it"
            )
        markers[tuple(inside[nearest])] = index
    return markers


def smooth_distance(
    crop: Crop,
    nucleus: NDArray[np.bool_],
    distance: NDArray[np.floating[Any]] | None = None,
    origin: Sequence[int] | None = None,
    spacing: Sequence[float] | None = None,
) -> NDArray[np.float32]:
    """Return the smoothed inner distance of a nucleus, 0 outside it.

    Parameters
    ----------
    crop : Crop
    nucleus : ndarray of bool, of the shape of the crop
    distance : ndarray of float, optional
        The network's inner distance; the distance to the outline without it.
    origin : sequence of int, optional
        As for `Crop.map`.
    spacing : sequence of float, optional
        Size of a pixel along each axis, for the distance to the outline.
    """
    if distance is None:
        from scipy.ndimage import distance_transform_edt

        padded = np.pad(nucleus, 1)
        inside = (slice(1, -1),) * nucleus.ndim
        values = distance_transform_edt(padded, spacing)[inside].astype(np.float32)
    else:
        values = crop.map(distance, origin)
    if nucleus.ndim == 2:
        return blur(values) * nucleus
    return np.stack([blur(plane) for plane in values]) * nucleus


def blur(plane: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return a plane (Y, X) smoothed with `SIGMA`."""
    smooth = cv2.GaussianBlur(np.ascontiguousarray(plane), (0, 0), SIGMA)
    return np.asarray(smooth, np.float32)


def divide_at_markers(
    nucleus: NDArray[np.bool_],
    markers: NDArray[np.int32],
    inner: NDArray[np.float32],
    spacing: Sequence[float] | None = None,
) -> NDArray[np.int32]:
    """Divide a nucleus at the valleys of the inner distance between markers.

    Parameters
    ----------
    nucleus : ndarray of bool
    markers : ndarray of int32
        Markers, numbered from 1; 0 elsewhere.
    inner : ndarray of float32
        Inner distance.
    spacing : sequence of float, optional
        Size of a pixel along each axis.
    """
    from skimage.segmentation import watershed

    midway = spread_to_mask(markers, nucleus, spacing)
    parts = np.asarray(watershed(-inner, markers, mask=nucleus), np.int32)
    midway_areas = np.bincount(midway[nucleus])[1:]
    areas = np.bincount(parts[nucleus], minlength=len(midway_areas) + 1)[1:]
    if (areas < MIN_SHARE * midway_areas).any():
        return midway
    # The watershed does not reach pieces that hold no marker.
    return spread_to_mask(parts, nucleus, spacing)
