"""Measure again the nuclei that an edit has changed; without Qt."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.measure.region import WhatToMeasure
from napari_nuclei.widgets.nuclei.live.measuring import MeasureRequest

if TYPE_CHECKING:
    import pandas as pd

BAND = 2**18
"""Number of pixels that are compared at once; they stay in the processor's cache."""

MAX_WINDOW = 2**22
"""Largest number of pixels that are measured again while the user waits."""


@dataclass(frozen=True, slots=True)
class LabelEdit:
    """A change of labels.

    Attributes
    ----------
    window : tuple of slice
        The smallest window that holds all changed pixels.
    labels : ndarray of int
        Labels that have lost or won pixels.
    """

    window: tuple[slice, ...]
    labels: NDArray[np.integer]


def find_edit(
    before: NDArray[np.integer],
    after: NDArray[np.integer],
    window: tuple[slice, ...],
) -> LabelEdit | None:
    """Find the pixels in which labels differ; None if there are none.

    Parameters
    ----------
    before, after : ndarray of int
        Of the same shape.
    window : tuple of slice
        Where to look.
    """
    before, after = before[window], after[window]
    origin = [part.start for part in window]
    step = max(1, BAND // max(1, int(np.prod(before.shape[1:]))))
    low = np.array(before.shape)
    high = np.zeros(before.ndim, int)
    changed_labels: list[NDArray[np.integer]] = []
    for start in range(0, before.shape[0], step):
        band = slice(start, start + step)
        band_before, band_after = before[band], after[band]
        if np.array_equal(band_before, band_after):
            continue
        changed_pixels = np.nonzero(band_before != band_after)
        changed_labels += [
            np.unique(band_before[changed_pixels]),
            np.unique(band_after[changed_pixels]),
        ]
        band_low = np.array([axis.min() for axis in changed_pixels])
        band_high = np.array([axis.max() + 1 for axis in changed_pixels])
        band_low[0] += start
        band_high[0] += start
        low, high = np.minimum(low, band_low), np.maximum(high, band_high)
    if not changed_labels:
        return None
    labels = np.unique(np.concatenate(changed_labels))
    spans = zip(low + origin, high + origin, strict=True)
    changed = tuple(slice(int(start), int(stop)) for start, stop in spans)
    return LabelEdit(changed, labels[labels > 0])


def measure_edit(
    frame: pd.DataFrame, request: MeasureRequest, edit: LabelEdit
) -> pd.DataFrame | None:
    """Measure the nuclei of an edit again, and return the whole table.

    Parameters
    ----------
    frame : DataFrame
        All nuclei as measured before the edit.
    request : MeasureRequest
        The arrays after the edit.
    edit : LabelEdit

    Returns
    -------
    DataFrame, optional
        The table that measuring everything gives. None if so much has changed that
        measuring everything is no slower.
    """
    import pandas as pd

    joined = "volume" in frame.columns
    spatial = "ZYX" if joined else "YX"
    margin = WhatToMeasure(ring=request.ring_pixels).margin
    in_planes = planes_of_edit(frame, request.axes, spatial, edit)
    boxes = boxes_of(frame, spatial)
    numbers = frame.index.to_numpy()
    changed = in_planes & np.isin(numbers, edit.labels)
    axes = [request.axes.index(axis) for axis in spatial]
    first = np.array([edit.window[axis].start for axis in axes])
    last = np.array([edit.window[axis].stop for axis in axes])
    if margin:  # rings of neighbours give way to each other
        is_near = (boxes[:, 1] + margin > first).all(axis=1)
        is_near &= (boxes[:, 0] - margin < last).all(axis=1)
        changed |= in_planes & is_near
    labels = np.union1d(numbers[changed], edit.labels)
    low = np.minimum(first, boxes[changed, 0].min(axis=0, initial=2**60))
    high = np.maximum(last, boxes[changed, 1].max(axis=0, initial=0))
    low, high = low - margin, high + margin
    shape = request.labels.shape
    window = list(edit.window)
    for axis, start, stop in zip(axes, low, high, strict=True):
        window[axis] = slice(max(int(start), 0), min(int(stop), shape[axis]))
    if np.prod([part.stop - part.start for part in window]) > MAX_WINDOW:
        return None
    request = replace(request, joined=joined if "Z" in request.axes else None)
    measured = request.crop(window).measure()
    measured = measured[np.isin(measured.index.to_numpy(), labels)]
    measured = move_origin(measured, request.axes, window, shape)
    is_replaced = in_planes & np.isin(numbers, labels)
    names = list(dict.fromkeys([*frame.columns, *measured.columns]))
    tables = [complete(rows, names) for rows in (frame[~is_replaced], measured)]
    table = pd.concat([rows for rows in tables if len(rows)] or tables[:1])
    order = [axis.lower() for axis in request.axes if axis.lower() in table.columns]
    return table.sort_values([*order, "label"], kind="stable")


def planes_of_edit(
    frame: pd.DataFrame, axes: str, spatial: str, edit: LabelEdit
) -> NDArray[np.bool_]:
    """Return which nuclei lie in a plane, or a volume, that an edit has changed.

    Parameters
    ----------
    frame : DataFrame
        All nuclei, with a column for each axis of the stack.
    axes : str
        One letter for each axis of the labels.
    spatial : str
        YX, or ZYX for volumes.
    edit : LabelEdit

    Returns
    -------
    ndarray of bool, shape (nuclei,)
    """
    inside = np.ones(len(frame), bool)
    for axis, part in zip(axes, edit.window, strict=True):
        if axis not in spatial and axis.lower() in frame.columns:
            index = frame[axis.lower()].to_numpy()
            inside &= (index >= part.start) & (index < part.stop)
    return inside


def boxes_of(frame: pd.DataFrame, spatial: str) -> NDArray[np.int64]:
    """Return the bounding box of every nucleus, shape (nuclei, 2, axes)."""
    names = [[f"bbox_{axis}{end}" for axis in spatial.lower()] for end in (0, 1)]
    return np.stack([frame[row].to_numpy(np.int64) for row in names], axis=1)


def move_origin(
    frame: pd.DataFrame, axes: str, window: list[slice], shape: tuple[int, ...]
) -> pd.DataFrame:
    """Return measurements of a window in coordinates of the whole labels.

    Parameters
    ----------
    frame : DataFrame
        The nuclei of the window.
    axes : str
        One letter for each axis of the labels.
    window : list of slice
    shape : tuple of int
        Shape of the labels.
    """
    frame = frame.copy()
    touching = np.zeros(len(frame), bool)
    for axis, part, size in zip(axes.lower(), window, shape, strict=True):
        for name in (axis, f"centroid_{axis}", f"bbox_{axis}0", f"bbox_{axis}1"):
            if name in frame.columns:
                frame[name] += part.start
        if f"bbox_{axis}0" in frame.columns:
            touching |= (frame[f"bbox_{axis}0"] == 0).to_numpy()
            touching |= (frame[f"bbox_{axis}1"] == size).to_numpy()
    frame["touches_border"] = touching
    return frame


def complete(frame: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    """Return a table with all columns; a number of missing values is 0."""
    missing = [name for name in names if name not in frame.columns]
    return frame.assign(**dict.fromkeys(missing, 0))[names]
