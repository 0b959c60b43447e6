"""Describe the part of an image layer to segment, without reading its pixels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.axes import PlaneLayout, make_layout
from napari_nuclei.core.normalize import check_image
from napari_nuclei.widgets.layers.layer_axes import (
    full_shape,
    name_axes,
    resolve_channel_axis,
)
from napari_nuclei.widgets.layers.lazy_crop import crop_lazily
from napari_nuclei.widgets.layers.transform import (
    axis_spacing,
    layer_pixel_size,
    layer_transform,
)

if TYPE_CHECKING:
    import napari.layers

WHOLE_IMAGE, CURRENT_SLICE, VISIBLE_PART = "whole image", "this slice", "visible part"
INSIDE_SHAPES = "inside shapes"

PixelBounds = tuple[tuple[int, int], ...]
"""First pixel and last pixel plus one, along each axis of a layer."""


@dataclass(frozen=True, slots=True)
class RegionChoice:
    """The user's choice of a part of a layer.

    Attributes
    ----------
    scope : str
        `WHOLE_IMAGE`, `CURRENT_SLICE` (the plane at the sliders) or `VISIBLE_PART` (the
        part of that plane on the screen).
    level : int
        Level of a multiscale image; 0 is full resolution.
    channel_axis : int or str, optional
        Index of the channel axis; "named" detects it, None means no channels.
    channel : int, optional
        Index of the channel; by default the one at the slider. Of an RGB layer 0, 1 or
        2 for red, green or blue; by default all, or one of a fluorescence composite.
    """

    scope: str = WHOLE_IMAGE
    level: int = 0
    channel_axis: int | str | None = "named"
    channel: int | None = None


@dataclass(frozen=True, slots=True)
class ImageSource:
    """Describe an image layer, or a part of one, for the segmenter.

    Attributes
    ----------
    name : str
        Name of the layer.
    data : array-like
        numpy, dask or zarr array, or `LazyCrop`; not read yet.
    layout : PlaneLayout
        Axes of `data`, and the channel to read.
    transform : dict
        Keyword arguments that place a labels layer on the source. The labels have the
        axes that `add_channel_axis` returns.
    pixel_size : float, optional
        Size of a pixel, in µm; None if the layer's units are not lengths.
    z_spacing : float, optional
        Distance between slices, in µm; None without slices, or if the unit of their
        axis is not a length.
    choice : RegionChoice
        The user's choice, with the detected channel axis and channel filled in.
    box : PixelBounds
        Pixels of the chosen level that the source covers.
    path : str, optional
        File that the layer was read from.
    region : ndarray of bool, shape (Y, X), optional
        Nuclei with a centre outside of it are left out.
    """

    name: str
    data: Any
    layout: PlaneLayout
    transform: dict[str, Any]
    pixel_size: float | None
    choice: RegionChoice = field(default_factory=RegionChoice)
    box: PixelBounds = ()
    path: str | None = None
    region: NDArray[np.bool_] | None = field(default=None, compare=False)
    z_spacing: float | None = None

    @property
    def labels_channel_axis(self) -> int | None:
        """Index of the channel axis if labels need one too; see `add_channel_axis`."""
        axis = self.choice.channel_axis
        return axis if isinstance(axis, int) and axis > 0 else None


def make_image_source(
    layer: napari.layers.Image,
    point: Sequence[float],
    choice: RegionChoice | None = None,
    view: PixelBounds | None = None,
    *,
    stride: int = 1,
    binning: int = 1,
) -> ImageSource:
    """Return the source for a layer, without reading its pixels.

    Parameters
    ----------
    layer : napari.layers.Image
    point : sequence of float
        Position of the viewer's sliders, in world coordinates. It selects the plane,
        and the channel unless `choice` names one.
    choice : RegionChoice, optional
        The whole image by default.
    view : PixelBounds, optional
        Pixels of the layer on the screen, as `visible_box` returns them; needed for
        `VISIBLE_PART`.
    stride : int
        Step between the rows, and between the columns, that are read.
    binning : int
        Side, in pixels, of the squares that the caller will average; `transform` then
        fits the averaged image.

    Raises
    ------
    TypeError, ValueError
        If the image cannot be segmented.
    """
    choice = choice or RegionChoice()
    level = min(choice.level, len(layer.data) - 1) if layer.multiscale else 0
    data = layer.data[level] if layer.multiscale else layer.data
    check_axes_and_size(layer, data.shape)
    channel_axis = resolve_channel_axis(layer, choice.channel_axis)
    letters = name_axes(layer.ndim, channel_axis, layer.axis_labels)
    plane = letters.index("Y"), letters.index("X")
    sizes = tuple(data.shape[: layer.ndim])  # without the axis of RGB
    # Pixels at full resolution per pixel of the level, along each axis.
    level_step = np.array(full_shape(layer)) / np.array(sizes)
    slider_indices = indices_at(layer, point, level_step, sizes)
    channel = choice.channel if channel_axis is not None or layer.rgb else None
    if channel_axis is not None and channel is None:
        channel = slider_indices[channel_axis]
    ranges = [
        axis_range(letter, choice.scope, index, size)
        for letter, index, size in zip(letters, slider_indices, sizes, strict=True)
    ]
    if choice.scope in (VISIBLE_PART, INSIDE_SHAPES):
        view = check_view(layer, view, plane)
        for axis in plane:
            ranges[axis] = visible_range(view[axis], level_step[axis], sizes[axis])
    box = tuple(ranges)
    strides = [stride if letter in "YX" else 1 for letter in letters]
    part = crop_lazily(data, box, strides)
    layout = make_layout(
        tuple(part.shape), "".join(letters) + ("S" if layer.rgb else ""), channel
    )
    rgb_shape = (data.shape[-1],) if layer.rgb else ()
    check_dtype_and_shape(data.dtype, (*layout.plane_shape, *rgb_shape))
    start = np.array([first for first, _ in box], float) * level_step
    step = level_step * strides
    step[list(plane)] *= binning
    if channel_axis == 0:  # labels lack this axis
        start[0] = (channel or 0) * level_step[0]
    elif channel_axis is not None:  # one plane of labels covers all channels
        step[channel_axis] = sizes[channel_axis] * level_step[channel_axis]
    dropped_axis = 0 if channel_axis == 0 else None
    return ImageSource(
        name=layer.name,
        data=part,
        layout=layout,
        transform=layer_transform(layer, dropped_axis, start=start, step=step),
        pixel_size=layer_pixel_size(layer, plane, step=step),
        choice=RegionChoice(choice.scope, level, channel_axis, channel),
        box=box,
        path=layer.source.path,
        z_spacing=axis_spacing(layer, letters.index("Z")) if "Z" in letters else None,
    )


def check_axes_and_size(layer: napari.layers.Image, shape: tuple[int, ...]) -> None:
    """Raise ValueError if a layer has one axis, or its data of this shape are empty."""
    if layer.ndim < 2:
        raise ValueError(
            f"{layer.name} has only one axis; choose an image with at least two"
        )
    if 0 in shape:
        raise ValueError(
            f"{layer.name} is empty: its shape is {tuple(shape)}; choose another image"
        )


def indices_at(
    layer: napari.layers.Image,
    point: Sequence[float],
    level_step: NDArray[np.float64],
    sizes: tuple[int, ...],
) -> list[int]:
    """Return the pixel indices nearest to a point, inside one level of a layer.

    Parameters
    ----------
    layer : napari.layers.Image
    point : sequence of float
        World coordinates; leading axes that the layer lacks are dropped.
    level_step : ndarray of float
        Pixels at full resolution per pixel of the level, along each axis.
    sizes : tuple of int
        Shape of the level.
    """
    position = np.asarray(layer.world_to_data(np.asarray(point)[-layer.ndim :]))
    indices = np.clip(np.round(position / level_step), 0, np.array(sizes) - 1)
    return [int(index) for index in indices]


def axis_range(letter: str, scope: str, index: int, size: int) -> tuple[int, int]:
    """Return the first pixel and last pixel plus one to take along one axis.

    Parameters
    ----------
    letter : str
        Name of the axis.
    scope : str
        As in `RegionChoice`. `VISIBLE_PART` still takes whole rows and columns here.
    index : int
        Position of the slider.
    size : int
        Length of the axis.
    """
    if letter in "CYX" or scope == WHOLE_IMAGE:
        return 0, size
    return index, index + 1


def visible_range(
    bounds: tuple[int, int], level_step: float, size: int
) -> tuple[int, int]:
    """Return bounds at full resolution as bounds at a level, of at least one pixel.

    Parameters
    ----------
    bounds : tuple of int
        First pixel and last pixel plus one, at full resolution.
    level_step : float
        Pixels at full resolution per pixel of the level.
    size : int
        Length of the axis at the level.
    """
    first = int(np.clip(np.floor(bounds[0] / level_step), 0, size - 1))
    return first, int(np.clip(np.ceil(bounds[1] / level_step), first + 1, size))


def check_view(
    layer: napari.layers.Image, view: PixelBounds | None, plane: tuple[int, int]
) -> PixelBounds:
    """Return the pixels on the screen; raise ValueError if there are too few.

    Parameters
    ----------
    layer : napari.layers.Image
    view : PixelBounds, optional
        As `visible_box` returns it.
    plane : tuple of int
        Row axis and column axis.
    """
    if view is None:
        raise ValueError(
            f"The screen does not show the rows and columns of {layer.name}; switch to "
            "2D and roll the axes back"
        )
    if any(stop - first < 2 for first, stop in (view[axis] for axis in plane)):
        raise ValueError(f"{layer.name} is not in view; pan to it or reset the view")
    return view


def check_dtype_and_shape(dtype: Any, shape: tuple[int, ...]) -> None:
    """Raise TypeError or ValueError unless a plane can have this dtype and shape.

    Non-finite values are found later, when the pixels are read.
    """
    integer_dtype = np.dtype(np.uint8 if dtype.kind == "f" else dtype)
    # One value broadcast to the whole plane takes no memory.
    check_image(np.broadcast_to(np.zeros((), integer_dtype), shape))
