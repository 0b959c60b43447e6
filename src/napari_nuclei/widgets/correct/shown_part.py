"""The plane on display of a labels layer, or the volume round it; without Qt."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from napari_nuclei.core.correct.boxes import LabelBoxes
from napari_nuclei.core.measure.joined import are_joined
from napari_nuclei.core.measure.polygon_fill import fill_polygon
from napari_nuclei.widgets.nuclei.live.matching_images import channel_axis_of_labels
from napari_nuclei.widgets.nuclei.live.measuring import axes_of

if TYPE_CHECKING:
    import napari.layers
    import napari.viewer

    from napari_nuclei.core.correct.edit import Edit

Pixel = tuple[float, ...]
"""Row and column of the plane on display."""

MIN_SHARE_INSIDE = 0.3
"""Fraction of an outline that a nucleus fills if the outline is meant for it."""

COMPARED_SLICES = 6
"""Number of slices that are compared to see whether nuclei extend over slices."""


@dataclass(frozen=True, slots=True)
class ShownPart:
    """A part of the labels of a layer, with the displayed axes last.

    Attributes
    ----------
    labels : ndarray of int, shape (Y, X) or (Z, Y, X)
        A view of the layer's data. Y and X are the rows and columns on the screen. Z is
        the axis across which nuclei extend.
    axes : tuple of int
        Axis of the layer for each axis of `labels`.
    position : tuple of int
        Index of the plane on display along every axis of the layer; those of the
        displayed axes are not used.
    """

    labels: NDArray[np.integer]
    axes: tuple[int, ...]
    position: tuple[int, ...]

    @property
    def slice_index(self) -> int | None:
        """Index of the plane on display in a volume; None in a plane."""
        return self.position[self.axes[0]] if len(self.axes) == 3 else None

    @property
    def plane_key(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """What distinguishes planes: the displayed axes, and the index along others."""
        shown = self.axes[-2:]
        hidden = (n for n in range(len(self.position)) if n not in shown)
        return shown, tuple(self.position[axis] for axis in hidden)

    @property
    def plane(self) -> NDArray[np.integer]:
        """The labels on display, shape (Y, X), as a view."""
        index = self.slice_index
        return self.labels if index is None else self.labels[index]

    def at_slice(self, index: int) -> ShownPart:
        """Return the same volume with another slice as the plane."""
        position = list(self.position)
        position[self.axes[0]] = index
        return replace(self, position=tuple(position))

    def pixel(self, layer: napari.layers.Labels, world: ArrayLike) -> Pixel:
        """Return the row and the column of a point in world coordinates."""
        point = np.asarray(layer.world_to_data(np.asarray(world)[-layer.ndim :]))
        return tuple(float(point[axis]) for axis in self.axes[-2:])

    def label_at(self, pixel: Pixel) -> int:
        """Return the label of a pixel of the plane; 0 outside of it."""
        row, column = (round(value) for value in pixel)
        height, width = self.plane.shape
        if not (0 <= row < height and 0 <= column < width):
            return 0
        return int(self.plane[row, column])

    def labels_on_path(self, path: Sequence[Pixel]) -> dict[int, int]:
        """Return how many steps of a path lie on each nucleus, in the path's order.

        A step is at most a pixel long.
        """
        counts: dict[int, int] = {}
        for pixel in steps_of(path):
            label = self.label_at(pixel)
            if label:
                counts[label] = counts.get(label, 0) + 1
        return counts

    def label_inside(self, outline: Sequence[Pixel]) -> int:
        """Return the label that fills most of an outline; 0 if none fills enough."""
        window, inside = fill_polygon(np.asarray(outline, float), self.plane.shape)
        found = self.plane[window][inside]
        labels, counts = np.unique(found[found > 0], return_counts=True)
        if not len(labels) or counts.max() < MIN_SHARE_INSIDE * inside.sum():
            return 0
        return int(labels[counts.argmax()])

    def find(self, number: int, guess: Pixel | None = None) -> Pixel | None:
        """Return a pixel of a nucleus in the plane; None if it has none there.

        Parameters
        ----------
        number : int
        guess : tuple of float, optional
            Row and column where the nucleus probably is; without it the whole plane
            is searched.
        """
        if not number:
            return None
        if guess is not None and self.label_at(guess) == number:
            return guess
        found = np.flatnonzero(self.plane == number)
        if not len(found):
            return None
        row, column = np.unravel_index(found[len(found) // 2], self.plane.shape)
        return float(row), float(column)

    def boxes(self, pixels: Iterable[Pixel]) -> LabelBoxes:
        """Return the boxes of the nuclei at some pixels of the plane."""
        first: dict[int, Pixel] = {}
        for pixel in pixels:
            first.setdefault(self.label_at(pixel), pixel)
        first.pop(0, None)
        return LabelBoxes.around(self.labels, self.points(first.values()))

    def points(self, pixels: Iterable[Pixel]) -> list[Pixel]:
        """Return pixels of the plane as positions in `labels`."""
        index = self.slice_index
        first = () if index is None else (float(index),)
        return [(*first, *pixel) for pixel in pixels]

    def to_layer(self, edit: Edit) -> Edit:
        """Return an edit of `labels` as an edit of the layer's data."""
        region: list[slice] = [slice(number, number + 1) for number in self.position]
        for axis, side in zip(self.axes, edit.region, strict=True):
            region[axis] = side
        return replace(
            edit,
            region=tuple(region),
            before=self._to_layer_axes(edit.before),
            after=self._to_layer_axes(edit.after),
        )

    def points_to_layer(self, pixels: ArrayLike) -> NDArray[np.float64]:
        """Return rows and columns (n, 2) as points of the layer, (n, axes)."""
        pixels = np.asarray(pixels, float).reshape(-1, 2)
        points = np.tile(np.asarray(self.position, float), (len(pixels), 1))
        points[:, list(self.axes[-2:])] = pixels
        return points

    def _to_layer_axes(self, values: NDArray[Any]) -> NDArray[Any]:
        ordered = values.transpose(np.argsort(self.axes))
        missing = [n for n in range(len(self.position)) if n not in self.axes]
        return np.expand_dims(ordered, tuple(missing))


def shown_part(
    viewer: napari.viewer.Viewer, layer: napari.layers.Labels, *, volume: bool = False
) -> ShownPart:
    """Return the plane of a layer on display, or the volume that it is a slice of.

    Parameters
    ----------
    viewer : napari.viewer.Viewer
    layer : napari.layers.Labels
    volume : bool
        Return the volume if the layer has three spatial axes, so that a nucleus is
        corrected in all its slices.

    Raises
    ------
    ValueError
        If the labels cannot be edited, or are shown in 3-D.
    """
    check_editable(layer)
    extra = viewer.dims.ndim - layer.ndim  # leading axes of other layers only
    shown = [axis - extra for axis in viewer.dims.displayed]
    if len(shown) != 2:
        raise ValueError(
            "Corrections are made in the 2-D view: press Ctrl+Y to leave the 3-D view"
        )
    if min(shown) < 0:
        raise ValueError(
            f"The screen shows an axis that {layer.name} lacks: roll the axes back"
        )
    point = np.asarray(layer.world_to_data(viewer.dims.point[extra:]))
    high = np.asarray(layer.data.shape) - 1
    position = np.round(point).astype(int)
    hidden = [axis for axis in range(layer.ndim) if axis not in shown]
    if any(not 0 <= position[axis] <= high[axis] for axis in hidden):
        raise ValueError(f"{layer.name} has no plane here: move the slider back")
    axes = shown
    if volume:
        across = [axis for axis in spatial_axes(layer) if axis not in shown]
        axes = [*across[:1], *shown]
    index: list[Any] = [int(number) for number in position]
    for axis in axes:
        index[axis] = slice(None)
    part = layer.data[tuple(index)]
    order = [sorted(axes).index(axis) for axis in axes]
    return ShownPart(
        part.transpose(order), tuple(axes), tuple(int(number) for number in position)
    )


def steps_of(path: Sequence[Pixel]) -> Iterator[Pixel]:
    """Yield the pixels of a path, at most one pixel from one to the next."""
    yield path[0]
    for start, end in itertools.pairwise(path):
        count = max(1, math.ceil(math.dist(start, end)))
        for part in range(1, count + 1):
            share = part / count
            yield tuple(a + (b - a) * share for a, b in zip(start, end, strict=True))


def spatial_axes(layer: napari.layers.Labels) -> list[int]:
    """Return the axes Z, Y and X of a layer, as far as it has them."""
    dropped = channel_axis_of_labels(layer)
    axes = [axis for axis in range(layer.ndim) if axis != dropped]
    letters = axes_of(layer)
    return [axis for axis, letter in zip(axes, letters, strict=True) if letter in "ZYX"]


def check_editable(layer: napari.layers.Labels) -> None:
    """Raise ValueError unless the labels of a layer can be corrected."""
    if layer.multiscale or not isinstance(layer.data, np.ndarray):
        raise ValueError(
            f"{layer.name} is read from files and cannot be corrected: open a part of "
            "the image and segment it"
        )
    if not layer.editable or not layer.data.flags.writeable:
        raise ValueError(
            f"{layer.name} cannot be edited: duplicate the layer and correct the copy"
        )


def spans_slices(layer: napari.layers.Labels) -> bool:
    """Return whether the nuclei of a layer extend over its slices.

    Slices in the middle of the stack are compared.
    """
    axes = spatial_axes(layer)
    if len(axes) < 3 or not isinstance(layer.data, np.ndarray):
        return False
    index: list[Any] = [size // 2 for size in layer.data.shape]
    for axis in axes[1:]:
        index[axis] = slice(None)
    middle = index[axes[0]]
    first = max(0, middle - COMPARED_SLICES // 2)
    stop = min(layer.data.shape[axes[0]], first + COMPARED_SLICES)
    slices = []
    for number in range(first, stop):
        index[axes[0]] = number
        slices.append(layer.data[tuple(index)])
    return are_joined(slices)


def write_edit(layer: napari.layers.Labels, edit: Edit) -> None:
    """Write an edit into a layer, as one step of napari's undo and redo.

    Only the changed part of the layer is drawn again.
    """
    layer.data_setitem(edit.pixels(), edit.new_values())


def join_last_steps(layer: napari.layers.Labels) -> None:
    """Merge the last two steps of napari's undo into one.

    napari has no public name for its steps. If the private name is gone, they stay two.
    """
    steps = getattr(layer, "_undo_history", None)
    if steps is not None and len(steps) > 1:
        last = steps.pop()
        steps[-1] = [*steps[-1], *last]
