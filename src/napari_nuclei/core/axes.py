"""The axes of an image: which of them span a plane, and how planes are read."""

from __future__ import annotations

import numbers
import os
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

PlaneIndex = tuple[int, ...]

MAX_CHANNELS = 8
"""A last axis of no name that is longer holds columns."""


@dataclass(frozen=True, slots=True)
class PlaneLayout:
    """How planes lie in an image.

    Attributes
    ----------
    shape : tuple of int
        Of the image.
    axes : str
        A letter an axis: Y and X span a plane, S are the samples of RGB, C the
        channels, any other letter counts planes (T, Z, P and so on).
    channel : int, optional
        Which of the channels is read.
    """

    shape: tuple[int, ...]
    axes: str
    channel: int | None = None

    @property
    def stack_axes(self) -> str:
        """The axes that count planes."""
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
        """Return the index of the plane that `plane_indices` yields at a number."""
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
        """Return one plane, of shape (Y, X) or (Y, X, S), or a window of it.

        Only that is read where the image is a dask or zarr array.
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
        """Put one plane of shape (Y, X) into labels of shape `label_shape`."""
        where = dict(zip(self.stack_axes, plane_index, strict=True))
        index = tuple(where.get(axis, slice(None)) for axis in self.label_axes)
        labels[index] = plane.T if self.x_before_y else plane

    def label_planes(self, labels: NDArray[Any]) -> Iterator[NDArray[Any]]:
        """Yield the planes, of shape (Y, X), of labels of shape `label_shape`."""
        for plane_index in self.plane_indices():
            where = dict(zip(self.stack_axes, plane_index, strict=True))
            plane = labels[tuple(where.get(a, slice(None)) for a in self.label_axes)]
            yield plane.T if self.x_before_y else plane


def as_array(image: Any) -> Any:
    """Return an image as an array; dask, zarr and their like stay as they are.

    Raises
    ------
    TypeError
        If it is the name of a file, or nothing.
    ValueError
        If a part of it is masked.
    """
    if np.ma.is_masked(image):
        raise ValueError(
            "image has masked pixels, which would be taken for what lies under the "
            "mask; give image.filled(value)"
        )
    if hasattr(image, "shape") and hasattr(image, "dtype"):
        return image
    if image is None or isinstance(image, (str, bytes, os.PathLike)):
        raise TypeError(
            f"image must be an array of pixels; got {image!r:.60}. A file is read by "
            "tifffile.imread, for instance, or segmented by segment_files"
        )
    return np.asarray(image)


def make_layout(
    shape: tuple[int, ...], axes: str | None = None, channel: int | None = None
) -> PlaneLayout:
    """Say how planes lie in an image of a shape.

    Parameters
    ----------
    shape : tuple of int
    axes : str, optional
        A letter an axis, such as TYX, ZCYX or YXS. If None: (Y, X), or (Y, X, S)
        where the last axis has length 1, 3 or 4.
    channel : int, optional
        Which channel to read where there is an axis C; needed if C is over 1.

    Raises
    ------
    TypeError
        If the axes are no text or the channel is no whole number.
    ValueError
        If the axes do not fit the shape, or a channel must be chosen and is not.

    Examples
    --------
    >>> make_layout((5, 64, 32), "TYX").label_shape
    (5, 64, 32)
    """
    if axes is None:
        axes = guess_axes(shape)
    if not isinstance(axes, str):
        raise TypeError(
            f"axes must be a text, a letter for each axis, such as TYX; got {axes!r}"
        )
    if channel is not None:
        if isinstance(channel, bool) or not isinstance(channel, numbers.Integral):
            raise TypeError(
                f"channel must be a whole number, counted from 0; got {channel!r}"
            )
        channel = int(channel)
    axes = axes.upper()
    if len(axes) != len(shape) or len(set(axes)) != len(axes):
        raise ValueError(
            f"axes must name each of the {len(shape)} axes of the shape {shape} once; "
            f"got {axes!r}"
        )
    if "Y" not in axes or "X" not in axes:
        raise ValueError(f"axes must include Y and X; got {axes!r}")
    sizes = dict(zip(axes, shape, strict=True))
    if sizes.get("S", 1) not in (1, 3, 4):
        raise ValueError(
            f"axis S must have 1, 3 (RGB) or 4 (RGBA) samples; got {sizes['S']}; name "
            "the axis C and choose a channel instead"
        )
    if "C" not in axes:
        if channel is not None:
            raise ValueError(f"channel {channel} was chosen, but {axes} has no axis C")
        return PlaneLayout(tuple(shape), axes)
    if channel is None and sizes["C"] > 1:
        raise ValueError(
            f"the image has {sizes['C']} channels (axes {axes}); choose one with "
            f"channel, 0 to {sizes['C'] - 1}"
        )
    chosen = channel or 0
    if not 0 <= chosen < sizes["C"]:
        raise ValueError(f"channel must be 0 to {sizes['C'] - 1}; got {chosen}")
    return PlaneLayout(tuple(shape), axes, chosen)


def guess_axes(shape: tuple[int, ...]) -> str:
    """Return the axes of a shape that needs no names."""
    if len(shape) == 2:
        return "YX"
    if len(shape) == 3 and shape[-1] in (1, 3, 4):
        return "YXS"
    if len(shape) == 3:
        raise ValueError(
            f"an image of shape {shape} has no RGB in its last axis; name the axes, "
            "such as TYX, ZYX or YXC"
        )
    raise ValueError(
        f"an image of shape {shape} needs its axes named, such as TYX or ZCYX"
    )


def has_channels_last(shape: tuple[int, ...]) -> bool:
    """Tell whether three axes of no name must be rows, columns and channels.

    Examples
    --------
    >>> has_channels_last((256, 256, 5)), has_channels_last((20, 256, 256))
    (True, False)
    """
    return shape[-1] <= MAX_CHANNELS < min(shape[:2]) // 2
