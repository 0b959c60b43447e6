"""The axes of an image, and how its planes are read."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.config.channels import COLOURS, channel_number
from napari_nuclei.config.unnamed_axes import UNNAMED_AXIS, guess_axes, suggest_axes

PlaneIndex = tuple[int, ...]
"""Index of a plane along the axes of the stack, such as (t, z)."""


@dataclass(frozen=True, slots=True)
class PlaneLayout:
    """Axes of an image, and the channel that is read.

    Attributes
    ----------
    shape : tuple of int
        Shape of the image.
    axes : str
        One letter per axis. Y and X span a plane, S holds the samples of RGB, C the
        channels; planes are stacked along all other axes (T, Z, P and so on).
    channel : int, optional
        The channel that is read, counted from 0.
    """

    shape: tuple[int, ...]
    axes: str
    channel: int | None = None

    @property
    def stack_axes(self) -> str:
        """The axes along which planes are stacked."""
        return "".join(a for a in self.axes if a not in "YXSC")

    @property
    def label_axes(self) -> str:
        """The axes of the labels: those of the image without channels."""
        return "".join(a for a in self.axes if a not in "SC")

    @property
    def label_shape(self) -> tuple[int, ...]:
        """The shape of the labels."""
        return tuple(self.size(axis) for axis in self.label_axes)

    @property
    def plane_shape(self) -> tuple[int, int]:
        """Height and width of a plane, in pixels."""
        return self.size("Y"), self.size("X")

    @property
    def plane_count(self) -> int:
        """Number of planes."""
        return prod(self.size(axis) for axis in self.stack_axes)

    @property
    def x_before_y(self) -> bool:
        """Whether the image has X before Y."""
        return self.axes.index("Y") > self.axes.index("X")

    def size(self, axis: str) -> int:
        """Return the length of an axis."""
        return self.shape[self.axes.index(axis)]

    def plane_indices(self) -> Iterator[PlaneIndex]:
        """Yield the index of every plane along `stack_axes`."""
        yield from product(*(range(self.size(axis)) for axis in self.stack_axes))

    def plane_index(self, number: int) -> PlaneIndex:
        """Return the index of plane `number`, counted from 0 as in `plane_indices`."""
        sizes = [self.size(axis) for axis in self.stack_axes]
        if not sizes:
            return ()
        return tuple(int(n) for n in np.unravel_index(number, sizes))

    def read_plane(
        self,
        image: Any,
        plane_index: PlaneIndex,
        window: tuple[slice, slice] | None = None,
    ) -> NDArray[Any]:
        """Read one plane, or a window of it; the rest of the image is not read.

        Parameters
        ----------
        image : array-like
            numpy, dask, zarr or similar, of the layout's shape.
        plane_index : tuple of int
            Index along `stack_axes`.
        window : tuple of slice, optional
            Rows and columns.

        Returns
        -------
        ndarray of shape (Y, X) or (Y, X, S)
        """
        where: dict[str, Any] = dict(zip(self.stack_axes, plane_index, strict=True))
        if self.channel is not None:
            where["C"] = self.channel
        left = [axis for axis in self.axes if axis not in where]
        if window is not None:
            where |= {"Y": window[0], "X": window[1]}
        index = tuple(where.get(axis, slice(None)) for axis in self.axes)
        plane = np.asarray(image[index])
        order = [left.index(axis) for axis in "YXS" if axis in left]
        return plane.transpose(order)

    def write_plane(
        self, labels: NDArray[Any], plane_index: PlaneIndex, plane: NDArray[Any]
    ) -> None:
        """Write one plane of shape (Y, X) into labels of shape `label_shape`."""
        where = dict(zip(self.stack_axes, plane_index, strict=True))
        index = tuple(where.get(axis, slice(None)) for axis in self.label_axes)
        labels[index] = plane.T if self.x_before_y else plane

    def label_planes(self, labels: NDArray[Any]) -> Iterator[NDArray[Any]]:
        """Yield the planes, of shape (Y, X), of labels of shape `label_shape`."""
        for plane_index in self.plane_indices():
            where = dict(zip(self.stack_axes, plane_index, strict=True))
            plane = labels[tuple(where.get(a, slice(None)) for a in self.label_axes)]
            yield plane.T if self.x_before_y else plane


PALETTE_OR_INKS = ("P", "PA", "CMYK", "YCbCr", "HSV")
"""Modes of PIL images whose values are not red, green and blue, or grey."""


def as_array(image: Any) -> Any:
    """Return an image as an array; dask, zarr and similar arrays are not changed.

    Raises
    ------
    TypeError
        If the image is a path or None.
    ValueError
        If pixels are masked, or parts of a list have different shapes.
    """
    if np.ma.is_masked(image):
        raise ValueError(
            "image has masked pixels, whose values are not valid; use "
            "image.filled(value)"
        )
    if hasattr(image, "shape") and hasattr(image, "dtype"):
        return image
    if image is None or isinstance(image, (str, bytes, os.PathLike)):
        raise TypeError(
            f"image must be an array of pixels; got {image!r:.60}. Read a file with "
            "read_image, or segment it with segment_file"
        )
    mode = getattr(image, "mode", "")
    if mode in PALETTE_OR_INKS:  # of a PIL image, whose values are no intensities
        image = image.convert("RGB")
    try:
        return np.asarray(image)
    except ValueError as error:
        raise ValueError(
            "image must be an array of pixels; the parts of this list have different "
            "shapes. Segment them one by one"
        ) from error


def make_layout(
    shape: tuple[int, ...],
    axes: str | None = None,
    channel: int | str | None = None,
) -> PlaneLayout:
    """Check the axes and the channel of an image.

    Parameters
    ----------
    shape : tuple of int
        Shape of the image.
    axes : str, optional
        One letter per axis, such as TYX, ZCYX or YXS. By default YX, or YXS if the
        last axis has length 1, 3 or 4.
    channel : int or str, optional
        Channel to read if there is an axis C, counted from 0; required if C is longer
        than 1. For an RGB image "red", "green", "blue", or 0 to 2: its axis S is then
        read as C.

    Returns
    -------
    PlaneLayout

    Raises
    ------
    TypeError
        If `axes` is not a string, or `channel` is neither an integer nor text.
    ValueError
        If the axes do not fit the shape, or no channel is chosen.

    Examples
    --------
    >>> make_layout((5, 64, 32), "TYX").label_shape
    (5, 64, 32)
    >>> make_layout((64, 32, 3), "YXS", "blue").channel
    2
    """
    if len(shape) < 2:
        raise ValueError(f"an image must have the axes Y and X; got the shape {shape}")
    if axes is None:
        axes = guess_axes(shape)
    if not isinstance(axes, str):
        raise TypeError(
            f"axes must be text with one letter per axis, such as TYX; got {axes!r}"
        )
    number = None if channel is None else channel_number(channel)
    axes = axes.upper()
    check_axes(axes, shape)
    sizes = dict(zip(axes, shape, strict=True))
    if number is not None and "C" not in axes and sizes.get("S", 1) > 1:
        if not 0 <= number < len(COLOURS):
            raise ValueError(
                f"channel of an RGB image must be {', '.join(COLOURS)} or 0 to 2; got "
                f"{channel}"
            )
        return PlaneLayout(tuple(shape), axes.replace("S", "C"), number)
    if isinstance(channel, str):
        raise ValueError(
            f"channel {channel!r} was chosen, but the image (axes {axes}) is not RGB"
        )
    if "C" not in axes:
        if channel is not None:
            raise ValueError(f"channel {channel} was chosen, but {axes} has no axis C")
        return PlaneLayout(tuple(shape), axes)
    if number is None and sizes["C"] > 1:
        raise ValueError(
            f"the image has {sizes['C']} channels (axes {axes}); choose one with "
            f"channel, 0 to {sizes['C'] - 1}"
        )
    chosen = number or 0
    if not 0 <= chosen < sizes["C"]:
        raise ValueError(f"channel must be 0 to {sizes['C'] - 1}; got {chosen}")
    return PlaneLayout(tuple(shape), axes, chosen)


def check_axes(axes: str, shape: tuple[int, ...]) -> None:
    """Raise ValueError unless letters name the axes of an image with Y and X."""
    if len(axes) == len(shape) and UNNAMED_AXIS in axes:
        raise ValueError(
            f"the file does not name {axes.count(UNNAMED_AXIS)} of its {len(axes)} "
            f"axes; its shape is {shape}. Name them with --axes (axes=), such as "
            f"{suggest_axes(axes)}"
        )
    if len(axes) != len(shape) or len(set(axes)) != len(axes):
        raise ValueError(
            f"axes must name each of the {len(shape)} axes of the shape {shape} once; "
            f"got {axes!r}"
        )
    if "Y" not in axes or "X" not in axes:
        raise ValueError(f"axes must include Y and X; got {axes!r}")
    samples = shape[axes.index("S")] if "S" in axes else 1
    if samples not in (1, 3, 4):
        raise ValueError(
            f"axis S must have 1, 3 (RGB) or 4 (RGBA) samples; got {samples}; name "
            "the axis C and choose a channel instead"
        )
