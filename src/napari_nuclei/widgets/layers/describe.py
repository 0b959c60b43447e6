"""Describe a source in words, for a status line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_nuclei.config.channels import COLOURS
from napari_nuclei.config.unnamed_axes import UNNAMED_AXIS
from napari_nuclei.core.measure.counts import plane_count
from napari_nuclei.widgets.layers.image_source import (
    CURRENT_SLICE,
    INSIDE_SHAPES,
    VISIBLE_PART,
)
from napari_nuclei.widgets.layers.layer_axes import AXIS_LETTERS

if TYPE_CHECKING:
    from napari_nuclei.widgets.layers.image_source import ImageSource


def named_axes(source: ImageSource) -> str:
    """Return a letter per axis of the labels, as the layer's axis labels name them.

    An axis of the stack is T, Z or P, or Q if its label does not say.
    """
    labels = list(source.transform["axis_labels"])
    if source.labels_channel_axis is not None:
        del labels[source.labels_channel_axis]
    pairs = zip(source.layout.label_axes, labels, strict=True)
    return "".join(
        axis if axis in "YX" else AXIS_LETTERS.get(label.lower(), UNNAMED_AXIS)
        for axis, label in pairs
    )


def describe_source(source: ImageSource) -> str:
    """Return what a run would segment, in words, without a full stop."""
    layout = source.layout
    height, width = layout.plane_shape
    plane_size = f"{height} x {width} pixels"
    stack_shape = [layout.size(axis) for axis in layout.stack_axes]
    if source.choice.scope == VISIBLE_PART:
        text = f"Visible part, {plane_size}"
    elif source.choice.scope == INSIDE_SHAPES:
        text = f"Inside shapes, {plane_size}"
    elif source.choice.scope == CURRENT_SLICE and stack_shape:
        text = f"This slice, {plane_size}"
    elif stack_shape:
        axes = named_axes(source).replace("Y", "").replace("X", "")
        text = f"{plane_count(stack_shape, axes)} of {plane_size}"
    else:
        text = f"One image of {plane_size}"
    if source.choice.level:
        text += f" at level {source.choice.level}"
    if "S" in layout.axes:
        text += ", RGB"
    if source.choice.channel_axis is None and layout.channel is not None:
        text += f", {COLOURS[layout.channel]} channel"
    elif layout.channel is not None:
        text += f", channel {layout.channel}"
    return text
