"""Track the nuclei of a run, and the layer that shows their paths; without Qt."""

from __future__ import annotations

import math
from collections.abc import Callable
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
) -> TrackedNuclei | None:
    """Track the nuclei of a finished run, and number its labels by track.

    Parameters
    ----------
    run : RunResult
        Its labels are changed in place.
    report : callable, optional
        Called with (done, total) in frames; raise an error in it to cancel.

    Returns
    -------
    TrackedNuclei or None
        None if the run's settings do not ask for tracks.
    """
    source = run.source
    tracking = track_movie(
        run.labels,
        source.layout,
        run.config,
        source.pixel_size,
        source.z_spacing,
        report,
    )
    if tracking is None:
        return None
    table = add_track_columns(run.table, tracking.nuclei, tracking.tracks)
    return TrackedNuclei(table, tracking.renumber_in_place())


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
