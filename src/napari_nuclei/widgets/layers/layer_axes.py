"""Find the rows, columns and channels among the axes of an image layer."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from napari_nuclei.config.unnamed_axes import MAX_AMBIGUOUS, has_channels_last

if TYPE_CHECKING:
    import napari.layers

CHANNEL_NAMES = ("c", "ch", "channel", "channels")
"""Axis labels of a channel axis, in lower case."""

STACK_LETTERS = "JKLMNPQRTZ"
"""Letters for stack axes, taken from the end: three axes are ZYX, four are TZYX."""

AXIS_LETTERS = {
    **{"t": "T", "time": "T", "z": "Z"},
    **dict.fromkeys(("p", "pos", "position", "positions"), "P"),
}
"""Letters of the axes of a stack, by their labels in napari in lower case."""

UNNAMED_LABELS = ("", "-1")
"""Label that napari gives the last axis when the user gives none."""

UNNAMED_PATTERN = re.compile(r"(axis )?-?\d*")
"""Labels that napari gives axes when the user gives none."""


def name_axes(
    ndim: int, channel_axis: int | None, labels: Sequence[str] = ()
) -> list[str]:
    """Return one letter per axis; without channels, the last two are Y and X.

    Parameters
    ----------
    ndim : int
        Number of axes.
    channel_axis : int, optional
        Index of the channel axis.
    labels : sequence of str, optional
        Labels of the axes in napari. Those of time, z and positions are T, Z and P;
        without labels three axes are ZYX, and four are TZYX.

    Raises
    ------
    ValueError
        If fewer than two axes are left for the plane.

    Examples
    --------
    >>> name_axes(4, 1), name_axes(3, None, ("time", "y", "x"))
    (['Z', 'C', 'Y', 'X'], ['T', 'Y', 'X'])
    """
    other_axes = [axis for axis in range(ndim) if axis != channel_axis]
    stack_ndim = len(other_axes) - 2
    if stack_ndim < 0:
        raise ValueError(
            f"The image has {ndim} axes, and one of them holds channels; choose an "
            "image with two more axes for the plane"
        )
    stack_letters = name_stack_axes(
        [labels[axis] if labels else "" for axis in other_axes[:stack_ndim]]
    )
    letters = ["C"] * ndim
    for axis, letter in zip(other_axes, [*stack_letters, "Y", "X"], strict=True):
        letters[axis] = letter
    return letters


def name_stack_axes(labels: Sequence[str]) -> list[str]:
    """Return one letter per axis of a stack: as labels say, else free ones.

    Examples
    --------
    >>> name_stack_axes(["", ""]), name_stack_axes(["z", ""]), name_stack_axes(["t"])
    (['T', 'Z'], ['Z', 'T'], ['T'])
    >>> name_stack_axes(["position"]), name_stack_axes(["p", ""])
    (['P'], ['P', 'Z'])
    """
    named = [AXIS_LETTERS.get(label.lower(), "") for label in labels]
    letters = [letter if named.count(letter) == 1 else "" for letter in named]
    free = [letter for letter in STACK_LETTERS if letter not in letters]
    missing = letters.count("")
    replacements = iter(free[len(free) - missing :])
    return [letter or next(replacements) for letter in letters]


def has_axis(layer: napari.layers.Layer, letter: str) -> bool:
    """Return whether the name of an axis of a layer stands for a letter, such as T."""
    return letter in {AXIS_LETTERS.get(label.lower()) for label in layer.axis_labels}


def find_slices(
    layer: napari.layers.Layer, channel_axis: int | None = None
) -> int | None:
    """Return the index of the axis of a layer whose positions may be slices, or None.

    It is called z or has no name that says what it is, and has two positions or more.

    Parameters
    ----------
    layer : napari.layers.Layer
    channel_axis : int, optional
        Index of the channel axis.
    """
    if layer.ndim - (channel_axis is not None) < 3:
        return None
    letters = name_axes(layer.ndim, channel_axis, layer.axis_labels)
    if "Z" not in letters:
        return None
    axis = letters.index("Z")
    named = AXIS_LETTERS.get(layer.axis_labels[axis].lower(), "Z")
    return axis if named == "Z" and full_shape(layer)[axis] > 1 else None


def resolve_channel_axis(
    layer: napari.layers.Image, channel_axis: int | str | None
) -> int | None:
    """Return the index of the channel axis for a `RegionChoice.channel_axis`.

    Parameters
    ----------
    layer : napari.layers.Image
    channel_axis : int or str, optional
        Index of the axis, None for no channels, "named" to detect it.

    Returns
    -------
    int, optional
        None if the layer has no such axis.
    """
    if channel_axis == "named":
        return detect_channel_axis(layer)
    if isinstance(channel_axis, int) and channel_axis < layer.ndim:
        return channel_axis
    return None


def full_shape(layer: napari.layers.Layer) -> tuple[int, ...]:
    """Return the shape of a layer at full resolution, without the RGB axis."""
    data = layer.data[0] if layer.multiscale else layer.data
    return tuple(int(size) for size in data.shape[: layer.ndim])


def plane_axes(
    layer: napari.layers.Image, channel_axis: int | str | None = "named"
) -> tuple[int, int]:
    """Return the indices of a layer's row axis and column axis.

    `channel_axis` is as for `resolve_channel_axis`.
    """
    letters = name_axes(layer.ndim, resolve_channel_axis(layer, channel_axis))
    return letters.index("Y"), letters.index("X")


def detect_channel_axis(layer: napari.layers.Image) -> int | None:
    """Return the index of the channel axis, or None.

    An axis is the channel axis if its label says so (`CHANNEL_NAMES`), or if it is the
    last one, has no label and is much shorter than the two before it, as in (Y, X, 5).
    """
    for axis, label in enumerate(layer.axis_labels):
        if label.lower() in CHANNEL_NAMES and layer.ndim > 2:
            return axis
    last_axis: int = layer.ndim - 1
    unnamed = layer.axis_labels[-1] in UNNAMED_LABELS
    if last_axis > 1 and unnamed and has_channels_last(full_shape(layer)[-3:]):
        return last_axis
    return None


def ambiguous_axis(layer: napari.layers.Image) -> int | None:
    """Return the index of an axis that may hold channels as well as planes, or None.

    It has no name and 2 to `MAX_AMBIGUOUS` positions, and the layer has no channel axis
    or colours.
    """
    if layer.rgb or detect_channel_axis(layer) is not None:
        return None
    for axis, size in enumerate(full_shape(layer)[:-2]):
        unnamed = UNNAMED_PATTERN.fullmatch(layer.axis_labels[axis])
        if unnamed and 2 <= size <= MAX_AMBIGUOUS:
            return axis
    return None
