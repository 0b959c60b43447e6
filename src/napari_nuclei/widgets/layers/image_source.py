"""What is segmented when an image layer is chosen, fixed when Run is pressed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_nuclei.core.axes import PlaneLayout, make_layout
from napari_nuclei.core.normalize import check_image
from napari_nuclei.widgets.layers.axes import (
    full_shape,
    name_axes,
    resolve_channel_axis,
)
from napari_nuclei.widgets.layers.lazy_crop import LazyCrop
from napari_nuclei.widgets.layers.transform import layer_pixel_size, layer_transform

if TYPE_CHECKING:
    import napari.layers

STACK_AXIS_NOUNS = {"t": "frames", "time": "frames", "z": "slices", "p": "positions"}
"""What the planes of a stack are called, by the name of its axis."""

WHOLE_IMAGE, CURRENT_SLICE, VISIBLE_PART = "everything", "this plane", "this view"

PixelBounds = tuple[tuple[int, int], ...]
"""First and last pixel, plus one, along each axis of a layer."""


@dataclass(frozen=True, slots=True)
class RegionChoice:
    """Which part of a layer is wanted.

    Attributes
    ----------
    scope : str
        `WHOLE_IMAGE`, `CURRENT_SLICE` (where the sliders stand) or `VISIBLE_PART`
        (of that plane what
        is on the screen).
    level : int
        Of a multiscale image; 0 is full resolution.
    channel_axis : int or str, optional
        Number of the axis of channels, None for none, "named" for the one whose name
        says so.
    channel : int, optional
        Which channel; None is the one on display.
    """

    scope: str = WHOLE_IMAGE
    level: int = 0
    channel_axis: int | str | None = "named"
    channel: int | None = None


@dataclass(frozen=True, slots=True)
class ImageSource:
    """An image layer, or a part of one, as the segmenter takes it.

    Attributes
    ----------
    name : str
        Of the layer.
    data : array-like
        numpy, dask, zarr or `LazyCrop`; not read yet.
    layout : PlaneLayout
        Which axes of `data` span a plane.
    transform : dict
        Where it lies in the world, without a leading axis of channels: what a layer
        of labels on top of it, as of `add_channel_axis`, must be made with.
    pixel_size : float, optional
        Size of a pixel, in micrometres, where the layer has units of length.
    choice : RegionChoice
        The channel axis and the channel as they were found.
    box : PixelBounds
        The part that is taken, in pixels of the chosen level.
    path : str, optional
        Of the file that the layer was read from.
    """

    name: str
    data: Any
    layout: PlaneLayout
    transform: dict[str, Any]
    pixel_size: float | None
    choice: RegionChoice = field(default_factory=RegionChoice)
    box: PixelBounds = ()
    path: str | None = None

    @property
    def whole(self) -> bool:
        """Whether it is a whole layer, at full resolution."""
        return self.choice.scope == WHOLE_IMAGE and self.choice.level == 0

    @property
    def labels_channel_axis(self) -> int | None:
        """The axis of channels, where labels keep it; see `add_channel_axis`."""
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
    """Read how a layer is to be segmented, without reading its pixels.

    Parameters
    ----------
    layer : napari.layers.Image
    point : sequence of float
        Where the viewer's sliders stand, in the world; of an axis of channels the
        channel there is taken, unless `choice` names one.
    choice : RegionChoice, optional
    view : PixelBounds, optional
        What is on the screen, in pixels of the layer; needed for
        `VISIBLE_PART`.
    stride : int
        Only each so many rows and columns are read.
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
    if layer.ndim < 2:
        raise ValueError(f"{layer.name} has one axis only; an image has at least two")
    if 0 in data.shape:
        raise ValueError(f"{layer.name} is empty; its shape is {tuple(data.shape)}")
    axis = resolve_channel_axis(layer, choice.channel_axis)
    letters = name_axes(layer.ndim, axis)
    rows, columns = letters.index("Y"), letters.index("X")
    # Along each axis of the layer, of which colours are none.
    sizes = tuple(data.shape[: layer.ndim])
    shrunk = np.array(full_shape(layer)) / np.array(sizes)
    at = np.asarray(layer.world_to_data(np.asarray(point)[-layer.ndim :])) / shrunk
    here = np.clip(np.round(at), 0, np.array(sizes) - 1).astype(int)
    channel = None
    if axis is not None:
        channel = int(here[axis]) if choice.channel is None else choice.channel
    sides = [
        axis_range(letter, choice.scope, int(here[number]), sizes[number])
        for number, letter in enumerate(letters)
    ]
    if choice.scope == VISIBLE_PART:
        view = checked_view(layer, view, (rows, columns))
        for number in (rows, columns):
            sides[number] = visible_range(view[number], shrunk[number], sizes[number])
    box = tuple(sides)
    steps = [stride if letter in "YX" else 1 for letter in letters]
    taken = cropped(data, box, steps)
    samples = (data.shape[-1],) if layer.rgb else ()
    layout = make_layout(
        tuple(taken.shape), "".join(letters) + ("S" if layer.rgb else ""), channel
    )
    check_dtype_and_shape(data.dtype, (*layout.plane_shape, *samples))
    start = np.array([low for low, _ in box], float) * shrunk
    step = shrunk * steps
    if axis:  # labels keep it, with one plane as thick as all channels
        step[axis] = sizes[axis] * shrunk[axis]
    elif axis == 0:
        start[axis] = (channel or 0) * shrunk[axis]
    step[[rows, columns]] *= binning
    return ImageSource(
        name=layer.name,
        data=taken,
        layout=layout,
        transform=layer_transform(
            layer, None if axis else axis, start=start, step=step
        ),
        pixel_size=layer_pixel_size(layer, (rows, columns), step=step),
        choice=RegionChoice(choice.scope, level, axis, channel),
        box=box,
        path=layer.source.path,
    )


def axis_range(letter: str, scope: str, here: int, size: int) -> tuple[int, int]:
    """Return which pixels of a level are taken along one axis, but for a view."""
    if letter in "CYX" or scope == WHOLE_IMAGE:
        return 0, size
    return here, here + 1


def visible_range(side: tuple[int, int], shrunk: float, size: int) -> tuple[int, int]:
    """Return which pixels of a level are on the screen along one axis."""
    first = int(np.clip(np.floor(side[0] / shrunk), 0, size - 1))
    return first, int(np.clip(np.ceil(side[1] / shrunk), first + 1, size))


def checked_view(
    layer: napari.layers.Image, view: PixelBounds | None, plane: tuple[int, int]
) -> PixelBounds:
    """Return the box on the screen; raise ValueError if nothing of the layer is."""
    if view is None:
        raise ValueError(
            f"what is on the screen is no plane of {layer.name}; show it in 2D, with "
            "its rows and columns as they are"
        )
    if any(high - low < 2 for low, high in (view[axis] for axis in plane)):
        raise ValueError(f"{layer.name} is not in view; pan to it or reset the view")
    return view


def cropped(data: Any, box: PixelBounds, steps: Sequence[int]) -> Any:
    """Return the pixels of `data` in a box, not read yet; colours are taken whole."""
    region = tuple(
        slice(low, high, step) for (low, high), step in zip(box, steps, strict=True)
    )
    region += tuple(slice(0, size, 1) for size in data.shape[len(box) :])
    every = tuple(slice(0, size, 1) for size in data.shape)
    return data if region == every else LazyCrop(data, region)


def check_dtype_and_shape(dtype: Any, shape: tuple[int, ...]) -> None:
    """Raise TypeError or ValueError for a type or shape that is no plane's.

    Whether the values are finite is found out when they are read, in the thread.
    """
    like = np.dtype(np.uint8 if dtype.kind == "f" else dtype)
    # One value seen as a whole plane takes no memory.
    check_image(np.broadcast_to(np.zeros((), like), shape))


def describe_source(source: ImageSource) -> str:
    """Say in plain words what a run would segment."""
    layout = source.layout
    height, width = layout.plane_shape
    size = f"{height} x {width} pixels"
    sizes = [layout.size(axis) for axis in layout.stack_axes]
    if source.choice.scope == VISIBLE_PART:
        text = f"This view, {size}"
    elif source.choice.scope == CURRENT_SLICE and sizes:
        text = f"This plane of {size}"
    elif sizes:
        count = " x ".join(str(number) for number in sizes)
        label = source.transform["axis_labels"][0].lower() if len(sizes) == 1 else ""
        text = f"{count} {STACK_AXIS_NOUNS.get(label, 'planes')} of {size}"
        if sizes == [1]:
            text = text.replace("s of", " of")
    else:
        text = f"One image of {size}"
    if source.choice.level:
        text += f" at level {source.choice.level}"
    if "S" in layout.axes:
        text += ", in colour"
    if layout.channel is not None:
        text += f", channel {layout.channel}"
    return text
