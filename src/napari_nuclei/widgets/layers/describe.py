"""Describe a source in words, for a status line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_nuclei.widgets.layers.image_source import CURRENT_SLICE, VISIBLE_PART

if TYPE_CHECKING:
    from napari_nuclei.widgets.layers.image_source import ImageSource

STACK_AXIS_NOUNS = {"t": "frames", "time": "frames", "z": "slices", "p": "positions"}
"""Names of the planes of a stack, by the label of its axis."""


def describe_source(source: ImageSource) -> str:
    """Return what a run would segment, in words, without a full stop."""
    layout = source.layout
    height, width = layout.plane_shape
    plane_size = f"{height} x {width} pixels"
    stack_shape = [layout.size(axis) for axis in layout.stack_axes]
    if source.choice.scope == VISIBLE_PART:
        text = f"Visible part, {plane_size}"
    elif source.choice.scope == CURRENT_SLICE and stack_shape:
        text = f"This slice, {plane_size}"
    elif stack_shape:
        count = " x ".join(str(number) for number in stack_shape)
        label = ""
        if len(stack_shape) == 1:
            label = source.transform["axis_labels"][0].lower()
        noun = STACK_AXIS_NOUNS.get(label, "planes")
        if stack_shape == [1]:
            noun = noun.removesuffix("s")
        text = f"{count} {noun} of {plane_size}"
    else:
        text = f"One image of {plane_size}"
    if source.choice.level:
        text += f" at level {source.choice.level}"
    if "S" in layout.axes:
        text += ", RGB"
    if layout.channel is not None:
        text += f", channel {layout.channel}"
    return text
