"""Find positions of a run where a nucleus may have been missed; without Qt."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.correct.missed import merge_slices, missed_candidates
from napari_nuclei.core.maps import full_foreground

if TYPE_CHECKING:
    import pandas as pd

    from napari_nuclei.widgets.segment.result import RunResult


def find_missed(
    run: RunResult,
    labels: NDArray[np.integer[Any]],
    diameter: float | None,
    predicted: NDArray[np.integer[Any]] | None = None,
    joined: bool = False,
    check: Callable[[], object] = lambda: None,
) -> pd.DataFrame:
    """Return the positions of all planes whose maps a run holds; called in a thread.

    Parameters
    ----------
    run : RunResult
    labels : ndarray of int
        The labels as they are now, without an axis of channels.
    diameter : float, optional
        Of the nuclei, in pixels.
    predicted : ndarray of int, optional
        The labels of the run. A nucleus that was deleted since was not missed.
    joined : bool
        Whether nuclei extend over slices.
    check : callable
        Called before each plane; raises an error to cancel.

    Returns
    -------
    DataFrame
        As of `missed_candidates`, with a column for each axis of the stack, such as
        ``z``. The index `label` counts down from -1: positions have no label.
    """
    import pandas as pd

    layout = run.source.layout
    if predicted is not None and predicted.size == labels.size:
        labels = np.where(labels > 0, labels, predicted.reshape(labels.shape))
    area = None if diameter is None else float(np.pi / 4 * diameter**2)
    found: list[pd.DataFrame] = []
    for plane in run.planes:
        check()
        at = dict(zip(layout.stack_axes, plane.plane_index, strict=True))
        index = tuple(at.get(axis, slice(None)) for axis in layout.label_axes)
        if plane.maps is None or layout.x_before_y or len(index) != labels.ndim:
            continue
        own = labels[index]
        if own.shape != plane.maps.shape:
            continue
        table = missed_candidates(own, full_foreground(plane.maps), typical_area=area)
        found.append(table.assign(**{axis.lower(): n for axis, n in at.items()}))
    # An empty table decides no types of columns.
    filled = [candidates for candidates in found if len(candidates)]
    if not filled:
        return pd.DataFrame(index=pd.Index([], name="label"))
    table = pd.concat(filled)
    if joined and layout.label_axes.endswith("ZYX"):
        leading = [axis.lower() for axis in layout.label_axes[:-3]]
        volumes = table.groupby(leading) if leading else [((), table)]
        merged = [merge_slices(part, labels[tuple(key)]) for key, part in volumes]
        table = pd.concat(merged)
    table.index = pd.Index(-1 - np.arange(len(table)), name="label")
    return table


def is_missed(suspect: int | None) -> bool:
    """Return whether a suspect is a position without a nucleus."""
    return suspect is not None and suspect < 0
