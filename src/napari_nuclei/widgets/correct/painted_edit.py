"""Turn a step of napari's own tools, such as a brush stroke, into an edit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.correct.edit import Edit, make_edit
from napari_nuclei.widgets.nuclei.live.live_table import painted_window

PAINTED = "paint"
"""Kind of the edits that napari's brush, bucket, eraser and polygon make."""

Window = tuple[slice, ...]


def painted_edit(
    labels: NDArray[np.integer[Any]], steps: Sequence[Any], highest: int
) -> Edit | None:
    """Return the edit of a step of napari's history; None if it changed nothing.

    Parameters
    ----------
    labels : ndarray of int
        The labels of the layer. napari reports some steps before it writes them, so
        the pixels that a step changes are read from the step.
    steps : sequence
        Value of the layer's event `paint`: changes of pixels, in order.
    highest : int
        The highest number that the layer has had; higher ones are new nuclei.
    """
    window = painted_window(steps, None)
    if window is None:
        return None
    before = np.array(labels[window])
    for step in reversed(list(steps)):
        set_pixels(before, window, step, after=False)
    after = before.copy()
    for step in steps:
        set_pixels(after, window, step, after=True)
    new = [int(number) for number in np.unique(after) if number > highest]
    whole = tuple(slice(0, size) for size in before.shape)
    edit = make_edit(before, whole, after, PAINTED, new)
    if edit is None:
        return None
    return replace(edit, region=shift(edit.region, window, 1))


def set_pixels(
    target: NDArray[np.integer[Any]], window: Window, step: Any, *, after: bool
) -> None:
    """Set the pixels of one step, in a window of the labels, to before or after."""
    if hasattr(step, "slice_key"):
        part = target[shift(step.slice_key, window, -1)]
        values = step.new_value if after else step.old_values
        if step.mask is None:
            part[...] = values
        else:
            part[step.mask] = values
        return
    pixels, old, new = step
    inside = tuple(
        np.asarray(axis) - outer.start
        for axis, outer in zip(pixels, window, strict=True)
    )
    target[inside] = new if after else old


def shift(key: Sequence[slice], window: Window, sign: int) -> Window:
    """Return a window moved by the start of another one, or back with sign -1."""
    return tuple(
        slice(part.start + sign * outer.start, part.stop + sign * outer.start)
        for part, outer in zip(key, window, strict=True)
    )
