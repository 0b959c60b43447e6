"""Split a nucleus at the most likely cut."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.correct.boxes import LabelBoxes
from napari_nuclei.core.correct.crop import Plane, crop_nuclei
from napari_nuclei.core.correct.edit import Edit, Labels
from napari_nuclei.core.correct.neighbours import neighbour_pairs
from napari_nuclei.core.correct.parts import number_parts, spread_to_mask
from napari_nuclei.core.correct.split_points import (
    MARGIN,
    check_spacing,
    smooth_distance,
)

DEPTHS = (0.25, 0.35, 0.45, 0.55, 0.65, 0.75, 0.85, 0.92)
"""Fractions of the largest inner distance at which components are markers."""

MIN_MARKER = 3
"""Smallest marker, in pixels."""

MAX_NECK = 0.85
"""Largest length of a cut, as a fraction of the diameter of the smaller part."""

MIN_PART = 0.08
"""Smallest area of a part, as a fraction of the nucleus."""


def split_automatically(
    labels: Labels,
    number: int,
    distance: NDArray[np.floating[Any]] | None = None,
    *,
    origin: Sequence[int] | None = None,
    spacing: Sequence[float] | None = None,
    new: int | None = None,
    plane: Plane = None,
    boxes: LabelBoxes | None = None,
) -> Edit | None:
    """Split a nucleus in two at the most likely cut.

    The cut runs along a valley of the inner distance. Of several, the one is chosen
    that is shortest for the size of the smaller part.

    Parameters
    ----------
    labels, number, distance, origin, spacing, new, plane, boxes
        As for `split_by_points`.

    Returns
    -------
    Edit or None
        None if the nucleus has no waist: it looks like one nucleus.

    Examples
    --------
    >>> y, x = np.ogrid[:21, :40]
    >>> first, second = (np.hypot(y - 10, x - c) < 9 for c in (10, 25))
    >>> labels = (first | second).astype(np.int32)
    >>> edit = split_automatically(labels, 1)
    >>> edit.new, split_automatically(first.astype(np.int32), 1)
    ((2,), None)
    """
    crop = crop_nuclei(labels, [number], plane=plane, boxes=boxes, margin=MARGIN)
    if crop is None:
        return None
    nucleus = crop.labels == number
    if not nucleus.any():
        return None
    best: NDArray[np.int32] | None = None
    narrowest = MAX_NECK
    sides = check_spacing(spacing, nucleus.ndim)
    maps = [smooth_distance(crop, nucleus, spacing=sides)]
    if distance is not None:
        maps.append(smooth_distance(crop, nucleus, distance, origin))
    for inner in maps:
        for parts in candidate_cuts(nucleus, inner):
            neck = relative_neck(parts, sides)
            if neck < narrowest:
                best, narrowest = parts, neck
    return None if best is None else number_parts(crop, best, new)


def candidate_cuts(
    nucleus: NDArray[np.bool_], inner: NDArray[np.float32]
) -> list[NDArray[np.int32]]:
    """Return divisions of a nucleus in two, along valleys of the inner distance.

    Parameters
    ----------
    nucleus : ndarray of bool
    inner : ndarray of float32
        Smoothed inner distance, 0 outside the nucleus.

    Returns
    -------
    list of ndarray of int32
        1 and 2 in the nucleus, 0 outside.
    """
    from scipy.ndimage import label
    from skimage.segmentation import watershed

    cuts = []
    previous_count = 0
    for depth in DEPTHS:
        markers, count = label(inner > depth * inner.max(), np.ones((3,) * inner.ndim))
        sizes = np.bincount(markers.ravel(), minlength=count + 1)
        large = [i for i in range(1, count + 1) if sizes[i] >= MIN_MARKER]
        if len(large) < 2 or len(large) == previous_count:
            continue
        previous_count = len(large)
        markers = np.where(np.isin(markers, large), markers, 0).astype(np.int32)
        parts = spread_to_mask(watershed(-inner, markers, mask=nucleus), nucleus)
        # Two parts have one cut between them; of several, each may be cut off.
        for part in large if len(large) > 2 else large[:1]:
            cuts.append(np.where(nucleus, np.where(parts == part, 1, 2), 0))
    return [cut.astype(np.int32) for cut in cuts]


def relative_neck(
    parts: NDArray[np.int32], spacing: Sequence[float] | None = None
) -> float:
    """Return the length of a cut over the diameter of the smaller part.

    In a stack: the area of the cut over that of the disc of this diameter.

    Parameters
    ----------
    parts : ndarray of int32
        1 and 2 in the nucleus, 0 outside.
    spacing : sequence of float, optional
        Size of a pixel along each axis; 1 by default.
    """
    sides = np.ones(parts.ndim) if spacing is None else np.asarray(spacing, float)
    areas = np.bincount(parts.ravel(), minlength=3)[1:] * float(sides.prod())
    smaller = float(areas.min())
    if smaller < MIN_PART * areas.sum():
        return float("inf")
    crossings = []
    for axis in range(parts.ndim):
        first, second = neighbour_pairs(parts, axis)
        face = float(sides.prod() / sides[axis])
        crossings.append(face * int(np.count_nonzero(first * second == 2)))
    # Sides of pixels between the parts along each axis: the components of a vector.
    length = float(np.linalg.norm(crossings))
    if parts.ndim == 2:
        return length / float(np.sqrt(4 * smaller / np.pi))
    diameter = float((6 * smaller / np.pi) ** (1 / 3))
    return length / (np.pi / 4 * diameter**2)
