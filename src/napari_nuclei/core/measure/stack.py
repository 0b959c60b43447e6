"""Labels and images of a stack, read plane by plane or volume by volume."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.axes import PlaneIndex, make_layout
from napari_nuclei.core.measure.joined import are_joined

PLANE = "plane"
"""Column with the number of the plane, for a stack whose axes have no names."""

Window = tuple[slice, ...]
"""A slice for each of Y and X, or Z, Y and X."""


@dataclass(frozen=True, slots=True)
class SpatialArray:
    """One plane or volume of an array of any axes, whose windows are read on demand.

    Attributes
    ----------
    array : array-like
        numpy, dask, zarr or similar.
    names : tuple of str
        Names of the axes of the array, without an axis of colours.
    spatial_axes : str
        "YX" or "ZYX".
    where : dict of str to int
        Index along each of the other axes.
    """

    array: Any
    names: tuple[str, ...]
    spatial_axes: str
    where: Mapping[str, int]

    @property
    def shape(self) -> tuple[int, ...]:
        """Length of each of the spatial axes."""
        return tuple(
            self.array.shape[self.names.index(axis)] for axis in self.spatial_axes
        )

    def read(self, window: Window | None = None) -> NDArray[Any]:
        """Read a window, or all; colours stay last."""
        slices: dict[str, Any] = dict(self.where)
        if window is not None:
            slices |= dict(zip(self.spatial_axes, window, strict=True))
        index = tuple(slices.get(name, slice(None)) for name in self.names)
        values = np.asarray(self.array[index])
        left = [name for name in self.names if name in self.spatial_axes]
        order = [left.index(axis) for axis in self.spatial_axes]
        return values.transpose(*order, *range(len(order), values.ndim))


@dataclass(frozen=True, slots=True)
class SpatialRegion:
    """The labels, images and foreground probability of one plane or volume."""

    labels: SpatialArray
    images: Mapping[str, SpatialArray]
    foreground: SpatialArray | None


@dataclass(frozen=True, slots=True)
class LabelledStack:
    """Labels and images of any axes.

    Attributes
    ----------
    labels : array of int
    images : dict of str to array
    foreground : array of float32, optional
    names : tuple of str
        Names of the axes of the labels.
    spatial_axes : str
        "YX", or "ZYX" if nuclei extend over slices.
    """

    labels: Any
    images: Mapping[str, Any]
    foreground: Any
    names: tuple[str, ...]
    spatial_axes: str

    @classmethod
    def of_arrays(
        cls,
        labels: Any,
        images: Mapping[str, Any],
        foreground: Any,
        axes: str | None,
        joined: bool | None,
    ) -> LabelledStack:
        """Check the shapes and name the axes; the parameters are those of `measure`.

        Raises
        ------
        ValueError
            If shapes or axes do not fit.
        """
        shape = tuple(labels.shape)
        images = {
            name: image if hasattr(image, "shape") else np.asarray(image)
            for name, image in images.items()
        }
        for name, image in images.items():
            if shape not in (tuple(image.shape), tuple(image.shape[:-1])):
                raise ValueError(
                    f"image {name!r} must have the shape of the labels, {shape}, or "
                    f"this shape and an axis of colours; got {tuple(image.shape)}"
                )
        if foreground is not None and tuple(foreground.shape) != shape:
            raise ValueError(
                f"foreground must have the shape of the labels, {shape}; got "
                f"{tuple(foreground.shape)}"
            )
        if axes is None:
            if joined:
                raise ValueError(
                    "joined nuclei need the axes of the labels, such as axes='ZYX'"
                )
            if len(shape) < 3:
                return cls(labels, images, foreground, ("Y", "X"), "YX")
            names = tuple(f"{PLANE}{n}" for n in range(len(shape) - 2))
            return cls(labels, images, foreground, (*names, "Y", "X"), "YX")
        layout = make_layout(shape, axes)
        if layout.label_axes != layout.axes:
            raise ValueError(f"axes of labels have no colours or channels; got {axes}")
        if joined and "Z" not in layout.axes:
            raise ValueError(f"joined nuclei need an axis Z; got the axes {axes}")
        stack = cls(labels, images, foreground, tuple(layout.axes), "YX")
        if joined is None and "Z" in layout.axes:
            joined = are_joined(stack.slices())
        if joined:
            return cls(labels, images, foreground, stack.names, "ZYX")
        return stack

    @property
    def other_axes(self) -> tuple[str, ...]:
        """Names of the axes along which planes or volumes are stacked."""
        return tuple(name for name in self.names if name not in self.spatial_axes)

    @property
    def stack_axes(self) -> Sequence[str]:
        """Names of the columns that tell the planes apart."""
        unnamed = any(len(name) > 1 for name in self.other_axes)
        return (PLANE,) if unnamed else self.other_axes

    def _positions(self) -> Iterator[tuple[int, ...]]:
        sizes = [self.labels.shape[self.names.index(name)] for name in self.other_axes]
        yield from product(*(range(size) for size in sizes))

    def indices(self) -> Iterator[PlaneIndex]:
        """Yield the index of every plane or volume along `stack_axes`."""
        for number, position in enumerate(self._positions()):
            yield (number,) if self.stack_axes == (PLANE,) else position

    def region(self, index: PlaneIndex) -> SpatialRegion:
        """Return one plane or volume."""
        if self.stack_axes == (PLANE,):
            index = next(p for n, p in enumerate(self._positions()) if n == index[0])
        where = dict(zip(self.other_axes, index, strict=True))

        def part(array: Any) -> SpatialArray:
            return SpatialArray(array, self.names, self.spatial_axes, where)

        return SpatialRegion(
            part(self.labels),
            {name: part(image) for name, image in self.images.items()},
            None if self.foreground is None else part(self.foreground),
        )

    def slices(self) -> Iterator[NDArray[np.integer] | None]:
        """Yield the planes of the labels along Z, with None between volumes."""
        z = self.other_axes.index("Z")
        others = sorted(self._positions(), key=lambda p: (p[:z] + p[z + 1 :], p[z]))
        for position in others:
            if position[z] == 0:
                yield None
            yield self.region(position).labels.read()


def block_windows(shape: tuple[int, ...], sides: tuple[int, ...]) -> Iterator[Window]:
    """Yield the windows of all blocks of a plane or volume of a shape."""
    steps = zip(shape, sides, strict=True)
    for starts in product(*(range(0, length, side) for length, side in steps)):
        yield tuple(
            slice(start, min(start + side, length))
            for start, side, length in zip(starts, sides, shape, strict=True)
        )
