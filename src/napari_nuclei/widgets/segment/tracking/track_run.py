"""Track the nuclei of a run, and the layer that shows their paths; without Qt."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_nuclei.core.tracking.segmented_movie import track_movie
from napari_nuclei.core.tracking.track_tables import add_track_columns
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
    )
    assert tracking is not None
    table = add_track_columns(run.table, tracking.nuclei, tracking.tracks)
    tracked = TrackedNuclei(table, tracking.renumber_in_place())
    return replace(run, labels=labels, tracked=tracked)


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
