"""What is segmented when an image layer is chosen, fixed when Run is pressed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_nuclei.core.axes import Layout, read_layout
from napari_nuclei.core.normalize import check_image
from napari_nuclei.widgets.crop import Crop
from napari_nuclei.widgets.pose import pixel_size, pose

if TYPE_CHECKING:
    import napari.layers

CHANNEL_NAMES = ("c", "ch", "channel", "channels")
"""Names of an axis, in any case, whose planes are channels and not images."""

STACK_LETTERS = "JKLMNPQRTZ"
"""Letters for leading axes; the last ones are used first, so that a stack is ZYX."""

COUNTED = {"t": "frames", "time": "frames", "z": "slices", "p": "positions"}
"""What the planes of a stack are called, by the name of its axis."""

EVERYTHING, PLANE, VIEW = "everything", "this plane", "this view"

Box = tuple[tuple[int, int], ...]
"""First and last pixel, plus one, along each axis of a layer."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Which part of a layer is wanted.

    Attributes
    ----------
    scope : str
        `EVERYTHING`, `PLANE` (where the sliders stand) or `VIEW` (of that plane what
        is on the screen).
    level : int
        Of a multiscale image; 0 is full resolution.
    channel_axis : int or str, optional
        Number of the axis of channels, None for none, "named" for the one whose name
        says so.
    channel : int, optional
        Which channel; None is the one on display.
    """

    scope: str = EVERYTHING
    level: int = 0
    channel_axis: int | str | None = "named"
    channel: int | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """An image layer, or a part of one, as the segmenter takes it.

    Attributes
    ----------
    name : str
        Of the layer.
    data : array-like
        numpy, dask, zarr or `Crop`; not read yet.
    layout : Layout
        Which axes of `data` span a plane.
    pose : dict
        Where it lies in the world, without its channel axis: what a layer of labels
        on top of it must be made with.
    pixel_size : float, optional
        Size of a pixel, in micrometres, where the layer has units of length.
    choice : Choice
        The channel axis and the channel as they were found.
    box : Box
        The part that is taken, in pixels of the chosen level.
    path : str, optional
        Of the file that the layer was read from.
    """

    name: str
    data: Any
    layout: Layout
    pose: dict[str, Any]
    pixel_size: float | None
    choice: Choice = field(default_factory=Choice)
    box: Box = ()
    path: str | None = None

    @property
    def whole(self) -> bool:
        """Whether it is a whole layer, at full resolution."""
        return self.choice.scope == EVERYTHING and self.choice.level == 0


def read_source(
    layer: napari.layers.Image,
    point: Sequence[float],
    choice: Choice | None = None,
    view: Box | None = None,
    *,
    stride: int = 1,
    reduce: int = 1,
) -> Source:
    """Read how a layer is to be segmented, without reading its pixels.

    Parameters
    ----------
    layer : napari.layers.Image
    point : sequence of float
        Where the viewer's sliders stand, in the world; of an axis of channels the
        channel there is taken, unless `choice` names one.
    choice : Choice, optional
    view : Box, optional
        What is on the screen, in pixels of the layer; needed for the scope `VIEW`.
    stride : int
        Only each so many rows and columns are read.
    reduce : int
        So many pixels a side are going to be averaged; the pose is that of averages.

    Raises
    ------
    TypeError, ValueError
        If the image cannot be segmented.
    """
    choice = choice or Choice()
    level = min(choice.level, len(layer.data) - 1) if layer.multiscale else 0
    data = layer.data[level] if layer.multiscale else layer.data
    if layer.ndim < 2:
        raise ValueError(f"{layer.name} has one axis only; an image has at least two")
    if 0 in data.shape:
        raise ValueError(f"{layer.name} is empty; its shape is {tuple(data.shape)}")
    axis = chosen_axis(layer, choice)
    # Pixels of the level along each axis of the layer; colours are no axis of it.
    shrunk = np.array(full_shape(layer)) / np.array(data.shape[: layer.ndim])
    at = np.asarray(layer.world_to_data(np.asarray(point)[-layer.ndim :])) / shrunk
    here = np.clip(np.round(at), 0, np.array(data.shape[: layer.ndim]) - 1).astype(int)
    channel = None
    if axis is not None:
        channel = int(here[axis]) if choice.channel is None else choice.channel
    letters = name_axes(layer.ndim, axis)
    if choice.scope == VIEW:
        view = checked_view(layer, view, letters)
    sizes = tuple(data.shape[: layer.ndim])
    box = tuple(
        part_of(letter, choice.scope, here[number], sizes[number])
        for number, letter in enumerate(letters)
    )
    if view is not None and choice.scope == VIEW:
        box = tuple(
            seen(view[number], shrunk[number], sizes[number])
            if letter in "YX"
            else box[number]
            for number, letter in enumerate(letters)
        )
    steps = [stride if letter in "YX" else 1 for letter in letters]
    samples = (data.shape[-1],) if layer.rgb else ()
    region = tuple(
        slice(low, high, step) for (low, high), step in zip(box, steps, strict=True)
    ) + tuple(slice(0, size, 1) for size in samples)
    every = tuple(slice(0, size, 1) for size in data.shape)
    taken = data if region == every else Crop(data, region)
    axes = "".join(letters) + ("S" if layer.rgb else "")
    layout = read_layout(tuple(taken.shape), axes, channel)
    # One value seen as a whole plane: type and shape are checked, no pixel is read.
    # Whether they are finite is found out when they are read, in the thread.
    dtype = np.dtype(np.uint8 if data.dtype.kind == "f" else data.dtype)
    check_image(np.broadcast_to(np.zeros((), dtype), (*layout.plane_shape, *samples)))
    start = np.array([low for low, _ in box], float) * shrunk
    if axis is not None:
        start[axis] = (channel or 0) * shrunk[axis]
    step = shrunk * steps
    step[[letters.index("Y"), letters.index("X")]] *= reduce
    plane_axes = letters.index("Y"), letters.index("X")
    return Source(
        name=layer.name,
        data=taken,
        layout=layout,
        pose=pose(layer, axis, start=start, step=step),
        pixel_size=pixel_size(layer, plane_axes, step=step),
        choice=Choice(choice.scope, level, axis, channel),
        box=box,
        path=layer.source.path,
    )


def part_of(letter: str, scope: str, here: int, size: int) -> tuple[int, int]:
    """Return which pixels of a level are taken along one axis, but for a view."""
    if letter in "CYX" or scope == EVERYTHING:
        return 0, size
    return int(here), int(here) + 1


def seen(side: tuple[int, int], shrunk: float, size: int) -> tuple[int, int]:
    """Return which pixels of a level are on the screen along one axis."""
    first = int(np.clip(np.floor(side[0] / shrunk), 0, size - 1))
    return first, int(np.clip(np.ceil(side[1] / shrunk), first + 1, size))


def checked_view(
    layer: napari.layers.Image, view: Box | None, letters: Sequence[str]
) -> Box:
    """Return the box on the screen; raise ValueError if nothing of the layer is."""
    if view is None:
        raise ValueError(
            f"what is on the screen is no plane of {layer.name}; show it in 2D, with "
            "its rows and columns as they are"
        )
    sides = [view[letters.index(letter)] for letter in "YX"]
    if any(high - low < 2 for low, high in sides):
        raise ValueError(f"{layer.name} is not in view; pan to it or reset the view")
    return view


def name_axes(ndim: int, channel_axis: int | None) -> list[str]:
    """Return a letter for each axis of a layer: the last two span a plane.

    Examples
    --------
    >>> name_axes(4, 1)
    ['Z', 'C', 'Y', 'X']
    """
    rest = [axis for axis in range(ndim) if axis != channel_axis]
    stack = len(rest) - 2
    if stack < 0:
        raise ValueError("an image needs two axes beside that of its channels")
    names = [*(STACK_LETTERS[-stack:] if stack else ""), "Y", "X"]
    letters = ["C"] * ndim
    for axis, letter in zip(rest, names, strict=True):
        letters[axis] = letter
    return letters


def chosen_axis(layer: napari.layers.Image, choice: Choice) -> int | None:
    """Return the axis of channels that a choice means, if any."""
    if choice.channel_axis == "named":
        return named_axis(layer)
    axis = choice.channel_axis
    return axis if isinstance(axis, int) and axis < layer.ndim else None


def full_shape(layer: napari.layers.Layer) -> tuple[int, ...]:
    """Return the size of a layer's axes at full resolution; colours are no axis."""
    data = layer.data[0] if layer.multiscale else layer.data
    return tuple(int(size) for size in data.shape[: layer.ndim])


def plane_axes(layer: napari.layers.Image, choice: Choice) -> tuple[int, int]:
    """Return a layer's axes of rows and of columns."""
    letters = name_axes(layer.ndim, chosen_axis(layer, choice))
    return letters.index("Y"), letters.index("X")


def named_axis(layer: napari.layers.Image) -> int | None:
    """Return which axis of a layer is named as that of channels, if one is."""
    for axis, label in enumerate(layer.axis_labels):
        if label.lower() in CHANNEL_NAMES and layer.ndim > 2:
            return axis
    return None


def describe(source: Source) -> str:
    """Say in plain words what a run would segment."""
    layout = source.layout
    height, width = layout.plane_shape
    size = f"{height} x {width} pixels"
    sizes = [layout.size(axis) for axis in layout.stack_axes]
    if source.choice.scope == VIEW:
        text = f"This view, {size}"
    elif source.choice.scope == PLANE and sizes:
        text = f"This plane of {size}"
    elif sizes:
        count = " x ".join(str(number) for number in sizes)
        label = source.pose["axis_labels"][0].lower() if len(sizes) == 1 else ""
        text = f"{count} {COUNTED.get(label, 'planes')} of {size}"
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
