"""Draw the nuclei of a file of outlines as labels, with their table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.axes import PlaneIndex
from napari_nuclei.io.checks.pixel_limit import MAX_PIXELS
from napari_nuclei.io.outlines.class_colours import Colour, choose_colours
from napari_nuclei.io.outlines.object_table import make_object_table
from napari_nuclei.io.outlines.outlined_object import OutlinedObject, OutlineFile
from napari_nuclei.io.outlines.polygons import fill_polygon

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class OutlinedNuclei:
    """The nuclei of a file of outlines.

    Attributes
    ----------
    labels : ndarray of int32, shape (Y, X) or (..., Y, X)
        0 is background.
    axes : str
        One letter for each axis of `labels`.
    table : DataFrame
        One row for each nucleus; the index is `label`. Measurements, and the column
        `class` if the file has classes.
    colours : dict of str to tuple of int
        Red, green and blue of each class, 0 to 255.
    notes : tuple of str
        Sentences on what the file did not state, or was left out.
    """

    labels: NDArray[np.int32]
    axes: str
    table: pd.DataFrame
    colours: dict[str, Colour]
    notes: tuple[str, ...] = ()


def draw_nuclei(
    file: OutlineFile,
    shape: Sequence[int] | None = None,
    axes: str | None = None,
    max_pixels: int = MAX_PIXELS,
) -> OutlinedNuclei:
    """Return the nuclei of a file of outlines as labels of an image.

    Parameters
    ----------
    file : OutlineFile
    shape : sequence of int, optional
        Shape of the image. By default the one that the file states, else the smallest
        that holds all nuclei.
    axes : str, optional
        One letter for each number in `shape`. By default what the file states, else
        YX, ZYX or TYX, or TZYX.
    max_pixels : int
        Largest number of pixels of the labels.

    Raises
    ------
    ValueError
        If the file states another shape, all nuclei lie outside, nuclei are in planes
        that the shape does not have, or the labels would have too many pixels.
    """
    axes, sizes, notes = choose_layout(file, shape, axes)
    if prod(sizes) > max_pixels:
        raise ValueError(
            f"The labels of {file.name} would have {describe_shape(sizes)} pixels, "
            f"more than the limit of {max_pixels:,}. Give the shape of the image, or "
            "raise the limit with max_pixels="
        )
    numbers, planes = number_objects(file.objects, axes, sizes, file.name)
    labels = np.zeros(sizes, np.int32)
    for item, number, plane in zip(file.objects, numbers, planes, strict=True):
        paint(labels[plane], item, number)
    visible = {*np.unique(labels).tolist()} - {0}
    shown = [number in visible for number in numbers]
    if file.objects and not any(shown):
        raise ValueError(
            f"{file.name} has no nucleus inside the image of {describe_shape(sizes)} "
            "pixels; it belongs to another image"
        )
    if not all(shown):
        notes += (
            f"{len(shown) - sum(shown)} of {len(shown)} nuclei of {file.name} cover no "
            f"pixel of the image of {describe_shape(sizes)} pixels and are left out",
        )
    rows = [
        (number, plane, item)
        for item, number, plane, is_shown in zip(
            file.objects, numbers, planes, shown, strict=True
        )
        if is_shown
    ]
    table = make_object_table(rows, axes[:-2].lower(), classified=file.classified)
    colours = {}
    if "class" in table:
        stated = {o.class_name: o.colour for o in file.objects if o.colour is not None}
        colours = choose_colours(
            sorted(table["class"].dropna().unique()),
            {name: colour for name, colour in stated.items() if name is not None},
        )
    return OutlinedNuclei(labels, axes, table, colours, (*file.notes, *notes))


def choose_layout(
    file: OutlineFile, shape: Sequence[int] | None, axes: str | None
) -> tuple[str, tuple[int, ...], tuple[str, ...]]:
    """Return axes and shape of the labels, and notes on how they were chosen."""
    notes: tuple[str, ...] = ()
    if shape is not None:
        sizes = tuple(int(size) for size in shape)
        if file.shape and file.shape != sizes:
            raise ValueError(
                f"{file.name} is of an image of {describe_shape(file.shape)} pixels "
                f"({file.axes}), not of {describe_shape(sizes)}"
            )
    elif file.shape:
        sizes = file.shape
    else:
        sizes = extent(file.objects)
        notes = (
            f"{file.name} does not state the size of its image: the labels have "
            f"{describe_shape(sizes)} pixels, up to the last nucleus",
        )
    if axes is None:
        guess = guess_axes(file.objects, len(sizes))
        axes = file.axes if len(file.axes) == len(sizes) else guess
    axes = axes.upper()
    if len(axes) != len(sizes) or len({*axes}) != len(axes) or axes[-2:] != "YX":
        raise ValueError(
            f"axes must be a letter for each of the {len(sizes)} numbers in shape, the "
            f"last of them YX; got {axes!r}"
        )
    return axes, sizes, notes


def extent(objects: Sequence[OutlinedObject]) -> tuple[int, ...]:
    """Return the smallest shape that holds all objects."""
    points = [ring for item in objects for polygon in item.polygons for ring in polygon]
    corner = np.max([ring.max(axis=0) for ring in points], axis=0) if points else (1, 1)
    width, height = (max(1, int(np.ceil(value))) for value in corner)
    frames = 1 + max((item.frame for item in objects), default=0)
    slices = 1 + max((item.slice_index for item in objects), default=0)
    slices = max(
        slices, 1 + max((item.plane_number or 0 for item in objects), default=0)
    )
    stack = [n for n in (frames, slices) if n > 1]
    return (*stack, height, width)


def guess_axes(objects: Sequence[OutlinedObject], ndim: int) -> str:
    """Return the axes of labels, if nothing states them."""
    if ndim == 3 and any(item.frame for item in objects):
        return "TYX"
    return {2: "YX", 3: "ZYX", 4: "TZYX"}.get(ndim, "")


def number_objects(
    objects: Sequence[OutlinedObject],
    axes: str,
    sizes: tuple[int, ...],
    name: str,
) -> tuple[list[int], list[PlaneIndex]]:
    """Return the label and the plane of each object.

    An object without a label, or with one that its plane has already, gets the next
    free number.

    Parameters
    ----------
    objects : sequence of OutlinedObject
    axes : str
        One letter for each number in `sizes`, the last of them YX.
    sizes : tuple of int
        Shape of the labels.
    name : str
        Name of the file, for messages.
    """
    planes = [find_plane(item, axes, sizes, name) for item in objects]
    used: set[tuple[PlaneIndex, int]] = set()
    free = 1 + max((item.label or 0 for item in objects), default=0)
    numbers = []
    for item, plane in zip(objects, planes, strict=True):
        number = item.label
        if number is None or (plane, number) in used:
            number, free = free, free + 1
        used.add((plane, number))
        numbers.append(number)
    return numbers, planes


def find_plane(
    item: OutlinedObject, axes: str, sizes: tuple[int, ...], name: str
) -> PlaneIndex:
    """Return the index of the plane of an object.

    Parameters
    ----------
    item : OutlinedObject
    axes, sizes, name
        As for `number_objects`.

    Raises
    ------
    ValueError
        If the labels do not have this plane.
    """
    stack = dict(zip(axes[:-2], sizes[:-2], strict=True))
    others = [axis for axis in stack if axis != "Z"]
    z, t = item.slice_index, item.frame
    if item.plane_number is not None:
        if item.plane_number < prod(stack.values()):
            indices = np.unravel_index(item.plane_number, tuple(stack.values()) or (1,))
            return tuple(int(n) for n in indices)[: len(stack)]
        z = item.plane_number
    elif "Z" not in stack and len(others) == 1 and z and not t:
        z, t = 0, z
    elif "Z" in stack and not others and t and not z:
        z, t = t, 0
    frames = prod(stack[axis] for axis in others)
    if z >= stack.get("Z", 1) or t >= frames:
        raise ValueError(
            f"{name} has nuclei in slice {z + 1} of frame {t + 1}, but the image of "
            f"{describe_shape(sizes)} pixels ({axes}) has {stack.get('Z', 1)} slices "
            f"and {frames} frames"
        )
    indices = np.unravel_index(t, tuple(stack[axis] for axis in others) or (1,))
    where = dict(zip(others, map(int, indices), strict=False)) | {"Z": z}
    return tuple(where[axis] for axis in stack)


def paint(labels: NDArray[np.int32], item: OutlinedObject, number: int) -> None:
    """Paint the pixels of an object into the labels of a plane."""
    height, width = labels.shape
    if not item.even_odd or len(item.polygons) == 1:
        for polygon in item.polygons:
            window, inside = fill_polygon(polygon, (height, width))
            labels[window][inside] = number
        return
    rings = [polygon[0] for polygon in item.polygons]
    points = np.concatenate(rings)
    (left, top), (right, bottom) = (
        points.min(axis=0).tolist(),
        points.max(axis=0).tolist(),
    )
    box = np.array([(left, top), (right, top), (right, bottom), (left, bottom)])
    window, _ = fill_polygon([box], (height, width))
    shift = np.array([window[1].start, window[0].start])
    size = (window[0].stop - window[0].start, window[1].stop - window[1].start)
    inside = np.zeros(size, bool)
    for ring in rings:
        part, filled = fill_polygon([ring - shift], size)
        inside[part] ^= filled
    labels[window][inside] = number


def describe_shape(shape: Sequence[int]) -> str:
    """Return a shape in words.

    Examples
    --------
    >>> describe_shape((40, 60))
    '40 x 60'
    """
    return " x ".join(map(str, shape))
