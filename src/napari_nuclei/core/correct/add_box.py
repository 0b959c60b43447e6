"""Add a missed nucleus in a drawn box."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.correct.crop import (
    Crop,
    Plane,
    Point,
    plane_crop,
    points_in_crop,
)
from napari_nuclei.core.correct.edit import Edit, Labels
from napari_nuclei.core.correct.evidence import Maps
from napari_nuclei.core.correct.numbers import check_number
from napari_nuclei.core.correct.outline_candidates import nested_outlines

MIN_BOX_FIT = 0.45
"""Overlap with the drawn box below which an ellipse in the box is the outline."""

MAX_FILLED = 0.95
"""Largest fraction of its bounding box that an outline in a drawn box fills."""

Floats = NDArray[np.floating[Any]]


def add_in_box(
    labels: Labels,
    box: Sequence[Point],
    probability: Floats | None = None,
    *,
    new: int,
    image: NDArray[Any] | None = None,
    origin: Sequence[int] | None = None,
    plane: Plane = None,
) -> Edit | None:
    """Add the nucleus that fills a drawn box best.

    If no outline fills the box, the nucleus is the ellipse in the box.

    Parameters
    ----------
    labels : ndarray of int, shape (Y, X) or more axes
        Not modified.
    box : sequence of two (y, x)
        Opposite corners, in pixels.
    probability, new, image, origin, plane
        As for `add_at`; neither probability nor image is needed.

    Returns
    -------
    Edit or None
        None if other nuclei fill the box.

    Raises
    ------
    ValueError
        If the box does not have two corners, or lies outside the plane.
    """
    if len(box) != 2:
        raise ValueError(f"A box needs two opposite corners; got {len(box)}")
    whole = plane_crop(labels, (0, *labels.shape[-2:-1], 0, labels.shape[-1]), plane)
    corners = points_in_crop(whole, box)[:, -2:]
    (y0, x0), (y1, x1) = np.rint(corners.min(0)), np.rint(corners.max(0))
    crop = plane_crop(labels, (int(y0), int(y1) + 1, int(x0), int(x1) + 1), plane)
    if 0 in crop.labels.shape:
        raise ValueError("The box lies outside the plane")
    free = crop.labels == 0
    mask = ellipse(crop.labels.shape)
    if probability is not None or image is not None:
        maps = Maps(probability, image, origin)
        outline = fill_box(crop, maps, free)
        mask = mask if outline is None else outline
    after = np.where(mask & free, new, crop.labels)
    check_number(labels, new)
    return crop.edit(after, "add", [new])


def is_ellipse(edit: Edit, box: Sequence[Point]) -> bool:
    """Return whether `add_in_box` has drawn an ellipse, as no outline fills the box.

    Parameters
    ----------
    edit : Edit
    box : sequence of two (y, x)
        Opposite corners, in pixels.
    """
    corners = np.rint(np.asarray(box, float)[:, -2:])
    sides = (np.abs(corners[0] - corners[1]) + 1).astype(int)
    drawn = (edit.after != edit.before).reshape(edit.after.shape[-2:])
    free = (edit.before == 0).reshape(drawn.shape)
    if drawn.shape != tuple(sides):  # smaller: an outline in the box
        return False
    return np.array_equal(drawn, ellipse(drawn.shape) & free)


def fill_box(
    crop: Crop, maps: Maps, free: NDArray[np.bool_]
) -> NDArray[np.bool_] | None:
    """Return the outline that fills a crop best; None if none fills it."""
    height, width = free.shape
    inner = ellipse(free.shape) & free
    if not inner.any():
        return None
    centre = (
        slice(height // 3, height - height // 3),
        slice(width // 3, width - width // 3),
    )
    evidence = maps.evidence(crop, centre, float(min(free.shape)), free)
    # The click: the best pixel near the middle of the box.
    y, x = np.ogrid[:height, :width]
    away = np.hypot((y - height / 2) / height, (x - width / 2) / width)
    weight = np.where(inner, evidence * (1 - away), -1)
    click = np.unravel_index(int(weight.argmax()), weight.shape)
    best, most = None, 0.0
    for outline in nested_outlines(evidence, free, (int(click[0]), int(click[1]))):
        sides = [part.stop - part.start for part in outline.region]
        fit = sides[0] * sides[1] / (height * width)
        # An ellipse fills pi / 4 of its box. An outline that fills more is background.
        is_full = outline.area > MAX_FILLED * sides[0] * sides[1]
        value = fit**2 * outline.plausibility
        if fit >= MIN_BOX_FIT and not is_full and value > most:
            most = value
            best = np.zeros(free.shape, bool)
            best[outline.region] = outline.mask
    return best


def ellipse(shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Return the ellipse that fills an array (Y, X)."""
    height, width = shape
    y, x = np.ogrid[:height, :width]
    rows = (y - (height - 1) / 2) / (height / 2)
    columns = (x - (width - 1) / 2) / (width / 2)
    return np.asarray(rows**2 + columns**2 <= 1, bool)
