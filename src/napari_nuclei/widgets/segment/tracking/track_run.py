"""Track the nuclei of a run, and the layer that shows their paths; without Qt."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from napari_nuclei.core.maps import full_foreground
from napari_nuclei.core.measure.nuclei import INTENSITY, PlaneToMeasure, measure_planes
from napari_nuclei.core.measure.volumes import measure_volumes
from napari_nuclei.core.tracking.segmented_movie import track_movie
from napari_nuclei.core.tracking.track_tables import add_track_columns
from napari_nuclei.widgets.segment.keeping.keep_in_run import number_by_track
from napari_nuclei.widgets.segment.result import TrackedNuclei

if TYPE_CHECKING:
    from napari_nuclei.widgets.segment.result import RunResult

TAIL_FRAMES = 10
"""Frames of its path that the layer of tracks shows behind a nucleus."""

MIN_TAIL_WIDTH = 1.0
"""Smallest width of a path, in pixels of the screen."""


def track_run(
    run: RunResult, report: Callable[[int, int], None] | None = None
) -> RunResult:
    """Track the nuclei of a finished run, and number its labels by track.

    Parameters
    ----------
    run : RunResult
        Not changed, because a layer may show its labels.
    report : callable, optional
        Called with (done, total) in frames; raise an error in it to cancel.

    Returns
    -------
    RunResult
        `run` itself if its settings do not ask for tracks.
    """
    if not run.config.track:
        return run
    source = run.source
    labels = run.labels.copy()
    tracking = track_movie(
        labels,
        source.layout,
        run.config,
        source.pixel_size,
        source.z_spacing,
        report,
        () if run.kept is None else run.kept.corrected,
    )
    assert tracking is not None
    split_frames = set(tracking.frames.splits)
    numbered = tracking.renumber_in_place()
    tracks = tracking.tracks
    result = replace(run, labels=labels)
    if run.kept is not None:
        result.kept, result.prediction = number_by_track(run, labels)
    table = add_track_columns(run.table, tracking.nuclei, tracks)
    if split_frames:
        # These frames have other nuclei than those that were measured.
        again = measure_tracked(result, split_frames)
        again = add_track_columns(again, numbered.nuclei, tracks)
        rows = pd.concat([table[~table["t"].isin(split_frames)], again])
        table = rows.sort_values("t", kind="stable")
    return replace(result, tracked=TrackedNuclei(table, numbered))


def measure_tracked(run: RunResult, frames: Collection[int]) -> pd.DataFrame:
    """Measure the nuclei of some frames of a run.

    Parameters
    ----------
    run : RunResult
        Its labels are numbered by track.
    frames : collection of int

    Returns
    -------
    DataFrame
        A row for each nucleus of each of these frames; the index is the track.
    """
    source, layout = run.source, run.source.layout
    if run.joined is not None:
        table = measure_volumes(
            run.labels,
            layout,
            source.data,
            foreground=run.foreground,
            curve=None if run.planes[0].maps is None else run.planes[0].maps.curve,
            pixel_size=source.pixel_size,
            z_spacing=source.z_spacing,
        )
        return table[table["t"].isin(frames)]
    planes = [
        PlaneToMeasure(
            plane.plane_index,
            run.plane_labels(plane.plane_index),
            {INTENSITY: layout.read_plane(source.data, plane.plane_index)},
            None if plane.maps is None else full_foreground(plane.maps),
            None if plane.maps is None else plane.maps.curve,
        )
        for plane in run.planes
        if plane.plane_index[layout.stack_axes.index("T")] in frames
    ]
    return measure_planes(planes, layout.stack_axes, pixel_size=source.pixel_size)


def tracks_layer_data(run: RunResult) -> tuple[Any, dict[str, Any]]:
    """Return the data of a Tracks layer and the other arguments of `add_tracks`.

    Parameters
    ----------
    run : RunResult
        A run that was tracked.
    """
    assert run.tracked is not None
    data, graph, features = run.tracked.tracking.napari_tracks()
    if (axis := run.source.labels_channel_axis) is not None:
        data = np.insert(data, 1 + axis, 0, axis=1)  # the first column is the track
    width = run.diameter / 6 if math.isfinite(run.diameter) else MIN_TAIL_WIDTH
    return data, {
        "name": f"{run.source.name} tracks",
        "graph": graph,
        "features": features,
        "tail_length": TAIL_FRAMES,
        "tail_width": max(MIN_TAIL_WIDTH, min(width, 4.0)),
        **run.source.transform,
    }
