"""Which axes of a layer span a plane, and which one holds channels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_nuclei.core.axes import has_channels_last

if TYPE_CHECKING:
    import napari.layers

CHANNEL_NAMES = ("c", "ch", "channel", "channels")
"""Names of an axis, in any case, whose planes are channels and not images."""

STACK_LETTERS = "JKLMNPQRTZ"
"""Letters for leading axes; the last ones are used first, so that a stack is ZYX."""


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


def resolve_channel_axis(
    layer: napari.layers.Image, channel_axis: int | str | None
) -> int | None:
    """Return the axis of channels that a `RegionChoice.channel_axis` means, if any."""
    if channel_axis == "named":
        return detect_channel_axis(layer)
    if isinstance(channel_axis, int) and channel_axis < layer.ndim:
        return channel_axis
    return None


def full_shape(layer: napari.layers.Layer) -> tuple[int, ...]:
    """Return the size of a layer's axes at full resolution; colours are no axis."""
    data = layer.data[0] if layer.multiscale else layer.data
    return tuple(int(size) for size in data.shape[: layer.ndim])


def plane_axes(
    layer: napari.layers.Image, channel_axis: int | str | None = "named"
) -> tuple[int, int]:
    """Return a layer's axes of rows and of columns."""
    letters = name_axes(layer.ndim, resolve_channel_axis(layer, channel_axis))
    return letters.index("Y"), letters.index("X")


def detect_channel_axis(layer: napari.layers.Image) -> int | None:
    """Return the axis of channels: by its name, or by what else it cannot be.

    A last axis of no name that is much shorter than the two before it holds channels,
    as in an image (Y, X, 5), and not columns.
    """
    for axis, label in enumerate(layer.axis_labels):
        if label.lower() in CHANNEL_NAMES and layer.ndim > 2:
            return axis
    nameless = layer.axis_labels[-1] in ("", "-1")  # what napari calls it
    last: int = layer.ndim - 1
    if last > 1 and nameless and has_channels_last(full_shape(layer)[-3:]):
        return last
    return None
