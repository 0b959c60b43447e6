"""Add a missed nucleus at a click."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.correct.crop import Plane, Point, make_crop, plane_crop
from napari_nuclei.core.correct.edit import Edit, Labels, Region
from napari_nuclei.core.correct.evidence import Maps
from napari_nuclei.core.correct.numbers import check_number
from napari_nuclei.core.correct.outline_candidates import Outline, nested_outlines

DEFAULT_DIAMETER = 24.0
"""Expected diameter in pixels, if no typical area is given."""

REACH = 2.0
"""Half the side of the window round a click, in expected diameters."""

Floats = NDArray[np.floating[Any]]


def add_at(
    labels: Labels,
    point: Point,
    probability: Floats | None = None,
    *,
    new: int,
    level: float | None = None,
    image: NDArray[Any] | None = None,
    typical_area: float | None = None,
    origin: Sequence[int] | None = None,
    plane: Plane = None,
) -> Edit | None:
    """Add the nucleus under a click.

    Its outline is that of the network's foreground probability, at the threshold that
    gives the most plausible nucleus: solid, round, with a sharp border, and of the
    typical area. It never covers a neighbour; holes are filled.

    Parameters
    ----------
    labels : ndarray of int, shape (Y, X) or more axes
        Not modified.
    point : sequence of float
        Position of the click, in pixels.
    probability : ndarray of float, optional
        Foreground probability of the array, the plane, or a part of it, 0 to 1.
    new : int
        Number of the nucleus, see `next_label`.
    level : float, optional
        Threshold of the probability; the most plausible one by default.
    image : ndarray, optional
        The image; its contrast is used if there is no probability, or none above 0.02
        at the click.
    typical_area : float, optional
        Area of most nuclei, in pixels.
    origin : sequence of int, optional
        Position of the first pixel of `probability` and `image`, if they are a part.
    plane : int or sequence of int, optional
        Index of the plane (Y, X) along the leading axes of a stack.

    Returns
    -------
    Edit or None
        None if a nucleus is there already, or nothing that looks like one.

    Raises
    ------
    ValueError
        If the point lies outside the plane, or there is neither map.

    Examples
    --------
    >>> y, x = np.ogrid[:40, :40]
    >>> probability = 1 / (1 + np.exp(np.hypot(y - 20, x - 20) - 9))
    >>> labels = np.zeros((40, 40), np.int32)
    >>> edit = add_at(labels, (22, 18), probability, new=1)
    >>> 200 < int(np.count_nonzero(edit.after)) < 320
    True
    """
    outlines = add_levels(
        labels,
        point,
        probability,
        levels=None if level is None else [level],
        image=image,
        typical_area=typical_area,
        origin=origin,
        plane=plane,
    )
    if not outlines:
        return None
    return add_outline(labels, most_plausible(outlines), new=new, plane=plane)


def add_levels(
    labels: Labels,
    point: Point,
    probability: Floats | None = None,
    *,
    levels: Sequence[float] | None = None,
    image: NDArray[Any] | None = None,
    typical_area: float | None = None,
    origin: Sequence[int] | None = None,
    plane: Plane = None,
) -> tuple[Outline, ...]:
    """Return the outlines that a nucleus under a click may have, largest first.

    Parameters are as for `add_at`; `levels` are thresholds of the probability.
    `most_plausible` chooses one, `add_outline` adds it.

    Returns
    -------
    tuple of Outline
        Empty if a nucleus is there already, or nothing that looks like one.
    """
    maps = Maps(probability, image, origin)
    diameter = expected_diameter(typical_area)
    y, x = pixel_in_plane(labels, point)
    half = round(REACH * diameter)
    crop = plane_crop(labels, (y - half, y + half + 1, x - half, x + half + 1), plane)
    top, left = crop.window[0].start, crop.window[1].start
    click = y - top, x - left
    free = crop.labels == 0
    if not free[click]:
        return ()
    centre = tuple(slice(max(i - 1, 0), i + 2) for i in click)
    evidence = maps.evidence(crop, centre, diameter, free)
    found = nested_outlines(
        evidence, free, click, typical_area=typical_area, levels=levels
    )
    return tuple(moved(outline, (top, left)) for outline in found)


def most_plausible(outlines: Sequence[Outline]) -> Outline:
    """Return the outline that looks most like a nucleus."""
    return max(outlines, key=lambda outline: outline.plausibility)


def add_outline(
    labels: Labels, outline: Outline, *, new: int, plane: Plane = None
) -> Edit | None:
    """Add a nucleus with a given outline, where there is no other nucleus.

    Parameters
    ----------
    labels : ndarray of int
        Not modified.
    outline : Outline
        From `add_levels`.
    new : int
        Number of the nucleus.
    plane : int or sequence of int, optional
        As for `add_at`.
    """
    check_number(labels, new)
    crop = make_crop(labels, outline.region, plane)
    after = np.where(outline.mask & (crop.labels == 0), new, crop.labels)
    return crop.edit(after, "add", [new])


def expected_diameter(typical_area: float | None) -> float:
    """Return the diameter of a disc of the typical area, in pixels."""
    if typical_area is None:
        return DEFAULT_DIAMETER
    return float(np.sqrt(4 * max(typical_area, 1.0) / np.pi))


def pixel_in_plane(labels: Labels, point: Point) -> tuple[int, int]:
    """Return row and column of the pixel at a point.

    Raises
    ------
    ValueError
        If the point lies outside the plane.
    """
    shape = labels.shape[-2:]
    y, x = (round(float(value)) for value in tuple(point)[-2:])
    if not (0 <= y < shape[0] and 0 <= x < shape[1]):
        raise ValueError(
            f"The point ({y}, {x}) lies outside the plane of {shape[0]} x {shape[1]} "
            "pixels"
        )
    return y, x


def moved(outline: Outline, start: tuple[int, int]) -> Outline:
    """Return an outline whose window starts further down and right."""
    region: Region = tuple(
        slice(side.start + offset, side.stop + offset)
        for side, offset in zip(outline.region, start, strict=True)
    )
    return replace(outline, region=region)
