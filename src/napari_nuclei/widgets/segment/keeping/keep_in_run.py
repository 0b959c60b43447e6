"""Put the corrected nuclei of an earlier result into a run; without Qt."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.correct.keep import KeptNuclei, keep_corrected
from napari_nuclei.core.maps import full_foreground
from napari_nuclei.core.measure.nuclei import INTENSITY, PlaneToMeasure, measure_planes
from napari_nuclei.core.measure.volumes import measure_volumes

if TYPE_CHECKING:
    from napari_nuclei.widgets.layers.layer_corrections import LayerSnapshot
    from napari_nuclei.widgets.segment.result import MeasuredPlane, RunResult


def keep_in_run(
    run: RunResult,
    corrections: LayerSnapshot,
    check_cancelled: Callable[[], object] = lambda: None,
) -> RunResult:
    """Return a finished run with corrected nuclei in its labels, measured again.

    The run's prediction is what the network found, and where nuclei were deleted
    before, these nuclei: so a later training still learns from all corrections.

    Parameters
    ----------
    run : RunResult
        Not modified, because a layer may show its labels.
    corrections : LayerSnapshot
        Of the shape of its labels. Without corrections the run is returned as it is.
    check_cancelled : callable, optional
        Called from time to time; raise an error in it to cancel.
    """
    found = corrections.find()
    if found is None:
        return run
    check_cancelled()
    kept = keep_corrected(run.labels, found.labels, found.corrected, found.deleted)
    predicted = run.labels.copy()
    add_deleted(predicted, found.deleted_labels)
    run = replace(run, labels=kept.labels, prediction=predicted, kept=kept)
    if run.joined is not None:
        source, maps = run.source, run.planes[0].maps
        table = measure_volumes(
            run.labels,
            source.layout,
            source.data,
            foreground=run.foreground,
            curve=None if maps is None else maps.curve,
            pixel_size=source.pixel_size,
            z_spacing=source.z_spacing,
            check=check_cancelled,
        )
        return replace(run, joined=replace(run.joined, table=table))
    planes = [measure_kept_plane(run, plane, check_cancelled) for plane in run.planes]
    return replace(run, planes=planes)


def measure_kept_plane(
    run: RunResult, plane: MeasuredPlane, check_cancelled: Callable[[], object]
) -> MeasuredPlane:
    """Return a plane of a run, measured with the labels as they are now."""
    source, maps = run.source, plane.maps
    labels = np.ascontiguousarray(run.plane_labels(plane.plane_index))
    measured = PlaneToMeasure(
        plane.plane_index,
        labels,
        {INTENSITY: source.layout.read_plane(source.data, plane.plane_index)},
        None if maps is None else full_foreground(maps),
        None if maps is None else maps.curve,
    )
    table = measure_planes(
        [measured],
        source.layout.stack_axes,
        pixel_size=source.pixel_size,
        check=check_cancelled,
    )
    return replace(plane, nuclei=len(table), table=table, count_range=None)


def add_deleted(predicted: NDArray[np.int32], deleted: NDArray[np.int32]) -> None:
    """Write deleted nuclei into the background of labels, in place, with new numbers.

    Parameters
    ----------
    predicted, deleted : ndarray of int32, of one shape
    """
    free = (deleted > 0) & (predicted == 0)
    predicted[free] = deleted[free] + predicted.max(initial=0)


def number_by_track(
    run: RunResult, labels: NDArray[np.int32]
) -> tuple[KeptNuclei, NDArray[np.int32]]:
    """Return the kept nuclei and the prediction of a run, numbered by track.

    Parameters
    ----------
    run : RunResult
        With corrected nuclei in its labels, before its nuclei were tracked.
    labels : ndarray of int32, of the shape of ``run.labels``
        Its labels, numbered by track.

    Returns
    -------
    kept : KeptNuclei
    prediction : ndarray of int32
        The labels as the network found them. What it found in the place of corrected
        nuclei, or where nuclei were deleted, has numbers of its own.
    """
    assert run.kept is not None and run.prediction is not None
    is_kept = np.isin(run.labels, run.kept.corrected)
    corrected = np.unique(labels[is_kept])
    still_there = np.unique(run.prediction[(run.labels > 0) & ~is_kept])
    gone = np.setdiff1d(run.prediction, [0, *still_there])
    prediction = np.where(is_kept, 0, labels)
    inside = np.isin(run.prediction, gone)
    numbers = np.searchsorted(gone, run.prediction[inside]) + 1
    prediction[inside] = int(labels.max(initial=0)) + numbers
    kept = replace(
        run.kept, labels=labels, corrected=tuple(corrected[corrected > 0].tolist())
    )
    return kept, prediction.astype(np.int32)


def describe_kept(kept: KeptNuclei) -> str:
    """Return how many nuclei were kept and left out, in a line.

    Examples
    --------
    >>> describe_kept(KeptNuclei(np.zeros((2, 2), np.int32), (3, 4), (1,)))
    'Kept 2 corrected nuclei; left out 1 found in their place or deleted before'
    """
    nuclei = "nucleus" if len(kept.corrected) == 1 else "nuclei"
    line = f"Kept {len(kept.corrected)} corrected {nuclei}"
    if kept.left_out:
        line += (
            f"; left out {len(kept.left_out)} found in their place or deleted before"
        )
    return line
