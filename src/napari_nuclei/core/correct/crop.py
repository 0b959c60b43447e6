"""Cut the surroundings of nuclei out of a labels array."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.correct.boxes import LabelBoxes, union_box
from napari_nuclei.core.correct.edit import Edit, Labels, Region, make_edit, mask_box

Plane = int | Sequence[int] | None
"""Index along the leading axes of a labels array; None for the whole array."""

Point = Sequence[float]
"""A position in pixels; the centre of the first pixel is 0."""


@dataclass(frozen=True, slots=True)
class Crop:
    """A window of labels of a plane, or of a stack of joined planes.

    Attributes
    ----------
    source : ndarray of int
        The whole labels array.
    region : tuple of slice
        The window in `source`, one slice per axis.
    labels : ndarray of int, shape (Y, X) or (Z, Y, X)
        View of the window.
    """

    source: Labels
    region: Region
    labels: Labels

    @property
    def window(self) -> Region:
        """Return the slices of the axes of `labels`, without those of the plane."""
        return self.region[-self.labels.ndim :]

    @property
    def start(self) -> NDArray[np.float64]:
        """Return the position of the first pixel, along the axes of `labels`."""
        return np.array([window.start for window in self.window], float)

    def edit(self, after: Labels, kind: str, new: Sequence[int] = ()) -> Edit | None:
        """Return the edit that gives the window these labels; None if nothing changes.

        Parameters
        ----------
        after : ndarray of int, of the shape of `labels`
        kind, new
            As for `make_edit`.
        """
        shape = tuple(window.stop - window.start for window in self.region)
        return make_edit(self.source, self.region, after.reshape(shape), kind, new)

    def find(self, number: int, boxes: LabelBoxes | None = None) -> Region | None:
        """Return the window of a nucleus in `labels`; None if it is not there.

        Parameters
        ----------
        number : int
        boxes : LabelBoxes, optional
            Where nuclei are in `source`. Without it all of `labels` is searched.
        """
        if boxes is None:
            return mask_box(self.labels == number)
        box = boxes.find(number)
        if box is None:
            return None
        window = []
        for side, outer in zip(box[-self.labels.ndim :], self.window, strict=True):
            low, high = max(side.start, outer.start), min(side.stop, outer.stop)
            if low >= high:
                return None
            window.append(slice(low - outer.start, high - outer.start))
        return tuple(window)

    def map(
        self, values: NDArray[Any], origin: Sequence[int] | None = None
    ) -> NDArray[np.float32]:
        """Cut the window out of a map; pixels outside the map are 0.

        Parameters
        ----------
        values : ndarray of float
            Map of the whole array, of the plane, or of a part of it. A map (Y, X)
            serves every plane of a stack.
        origin : sequence of int, optional
            Position of the first pixel of the map, for a map of a part.

        Raises
        ------
        ValueError
            If the map has another shape than the labels, without `origin`.
        """
        own = self.source.shape[-self.labels.ndim :]
        values = np.asarray(values)
        if values.ndim == self.source.ndim > self.labels.ndim:
            lead = tuple(window.start for window in self.region[: -self.labels.ndim])
            values = values[lead]
        if origin is None and values.shape not in {own, own[-2:]}:
            raise ValueError(
                f"The map has the shape {values.shape}, the labels {own}; give a map "
                "of the same shape"
            )
        dims = values.ndim
        first = (0,) * dims if origin is None else tuple(origin)[-dims:]
        target = np.zeros(self.labels.shape[-dims:], np.float32)
        inner, outer = [], []
        sides = zip(self.window[-dims:], first, values.shape, strict=True)
        for window, begin, size in sides:
            low = min(max(window.start, begin), window.stop)
            high = max(min(window.stop, begin + size), low)
            inner.append(slice(low - window.start, high - window.start))
            outer.append(slice(low - begin, high - begin))
        target[tuple(inner)] = values[tuple(outer)]
        return np.broadcast_to(target, self.labels.shape)


def plane_index(labels: Labels, plane: Plane) -> tuple[int, ...]:
    """Return the index of a plane as a tuple, checked.

    Raises
    ------
    ValueError
        If the index lies outside the array, or leaves neither a plane nor a stack.
    """
    if plane is None:
        index: tuple[int, ...] = ()
    elif isinstance(plane, int | np.integer):
        index = (int(plane),)
    else:
        index = tuple(int(number) for number in plane)
    if labels.ndim - len(index) not in {2, 3}:
        raise ValueError(
            f"Labels of shape {labels.shape} and plane={plane} leave "
            f"{labels.ndim - len(index)} axes; give the index of one plane (Y, X) or "
            "of one stack (Z, Y, X)"
        )
    for number, size in zip(index, labels.shape, strict=False):
        if not 0 <= number < size:
            raise ValueError(
                f"plane={plane} lies outside labels of shape {labels.shape}; count "
                "planes from 0"
            )
    return index


def make_crop(labels: Labels, window: Region, plane: Plane = None) -> Crop:
    """Return the crop of a window (of the axes without those of the plane)."""
    index = plane_index(labels, plane)
    region = (*(slice(i, i + 1) for i in index), *window)
    return Crop(labels, region, labels[index][window])


def plane_crop(labels: Labels, sides: tuple[int, int, int, int], plane: Plane) -> Crop:
    """Return the crop of a window of one plane, limited to the plane.

    Parameters
    ----------
    labels : ndarray of int
    sides : tuple of int
        First row, end of rows, first column, end of columns.
    plane : int or sequence of int, optional

    Raises
    ------
    ValueError
        If the index of a plane is missing.
    """
    index = plane_index(labels, plane)
    if labels.ndim - len(index) != 2:
        raise ValueError(
            f"Labels of shape {labels.shape} have several planes; give plane=, the "
            "index along the leading axes"
        )
    height, width = labels.shape[-2:]
    y0, y1, x0, x1 = sides
    rows = slice(min(max(y0, 0), height), min(max(y1, 0), height))
    columns = slice(min(max(x0, 0), width), min(max(x1, 0), width))
    return make_crop(labels, (rows, columns), index)


def crop_nuclei(
    labels: Labels,
    numbers: Iterable[int],
    *,
    plane: Plane = None,
    boxes: LabelBoxes | None = None,
    margin: int = 0,
) -> Crop | None:
    """Cut out the box of some nuclei; None if none of them is there.

    Parameters
    ----------
    labels : ndarray of int
    numbers : iterable of int
    plane : int or sequence of int, optional
        Index of the plane, or of the stack, along the leading axes.
    boxes : LabelBoxes, optional
        Where the nuclei are. Without it the plane or stack is searched.
    margin : int
        Pixels that are added on each side along Y and X.
    """
    index = plane_index(labels, plane)
    boxes_found = []
    for number in numbers:
        box = find_window(labels, int(number), index, boxes)
        if box is not None:
            boxes_found.append(box)
    if not boxes_found:
        return None
    window = widen(union_box(boxes_found), labels.shape[len(index) :], margin)
    return make_crop(labels, window, index)


def find_window(
    labels: Labels, number: int, index: tuple[int, ...], boxes: LabelBoxes | None
) -> Region | None:
    """Return the box of a nucleus in a plane or stack; None if it is not there."""
    if number <= 0:
        return None
    if boxes is None:
        return mask_box(labels[index] == number)
    box = boxes.find(number)
    if box is None:
        return None
    lead = zip(index, box, strict=False)
    if not all(window.start <= i < window.stop for i, window in lead):
        return None
    return box[len(index) :]


def widen(window: Region, shape: Sequence[int], margin: int) -> Region:
    """Return a window with a margin along Y and X, inside an array of a shape."""
    *stack, y, x = window
    sides = [
        slice(max(side.start - margin, 0), min(side.stop + margin, size))
        for side, size in zip((y, x), shape[-2:], strict=True)
    ]
    return (*stack, *sides)


def points_in_crop(crop: Crop, points: Iterable[Point]) -> NDArray[np.float64]:
    """Return points relative to the first pixel of a crop.

    Parameters
    ----------
    crop : Crop
    points : iterable of sequence of float
        Positions along all axes of the labels array, along those of the crop, or
        along Y and X.

    Returns
    -------
    ndarray of float, shape (points, axes)
        Axes of the crop, or Y and X alone if the points have two.

    Raises
    ------
    ValueError
        If points have another number of axes, or are not finite.
    """
    array = np.array([[float(x) for x in point] for point in points], float)
    if array.ndim != 2 or array.shape[1] < 2 or array.shape[1] > crop.source.ndim:
        raise ValueError(
            "Points must have one number per axis of the labels, at least Y and X; got "
            f"an array of shape {array.shape}"
        )
    if not np.isfinite(array).all():
        raise ValueError("Points must be finite numbers, in pixels")
    array = array[:, -crop.labels.ndim :]
    return array - crop.start[-array.shape[1] :]
