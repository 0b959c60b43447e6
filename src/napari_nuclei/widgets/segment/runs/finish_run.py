"""The steps of a run after its planes are segmented: join and track; without Qt."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from napari_nuclei.core.linking.segmented_stack import joins_slices
from napari_nuclei.core.segmentation import label_offsets, offset_labels
from napari_nuclei.widgets.segment.joining.join_slices import join_run
from napari_nuclei.widgets.segment.keeping.keep_in_run import keep_in_run
from napari_nuclei.widgets.segment.tracking.track_run import track_run
from napari_nuclei.widgets.shared.thread_progress import Progress, ProgressCallback

if TYPE_CHECKING:
    from napari_nuclei.widgets.layers.layer_corrections import LayerSnapshot
    from napari_nuclei.widgets.segment.result import RunResult


def needs_joining(run: RunResult) -> bool:
    """Return whether slices of a run are still to be joined."""
    return joins_slices(run.config) and run.joined is None


def finish_run(
    run: RunResult,
    report: ProgressCallback,
    corrections: LayerSnapshot | None = None,
) -> RunResult:
    """Join the slices of a run and track its nuclei, as its settings ask for.

    Called in a thread.

    Parameters
    ----------
    run : RunResult
        Not changed, because a layer may show its labels. If it lacks planes, those
        that are done are joined, and nuclei are not tracked.
    report : callable
        Called with a `Progress` from time to time; raising ends the work. The value of
        one step is the joined run.
    corrections : LayerSnapshot, optional
        An earlier result whose corrections are kept.

    Returns
    -------
    RunResult
    """
    if needs_joining(run):
        step = Progress(0, 0, "Joining slices")
        labels, joined = join_run(run, run.config, None, partial(report, step))
        run = replace(run, labels=labels, joined=joined)
        report(replace(step, value=run))
    if corrections is not None:
        step = Progress(0, 0, "Keeping corrected nuclei")
        run = keep_in_run(run, corrections, partial(report, step))
    if run.is_complete:
        run = track_run(
            run, lambda done, total: report(Progress(done, total, "Tracking nuclei"))
        )
    return run


def outlines_of(run: RunResult) -> RunResult:
    """Return a run that was to be joined as one whose slices are not joined.

    Labels are numbered over the stack. The run has no table.

    Parameters
    ----------
    run : RunResult
        Its labels are numbered from 1 in each plane; not changed.
    """
    result = replace(
        run,
        labels=np.zeros_like(run.labels),
        config=replace(run.config, join="none"),
        foreground=None,
    )
    offsets = label_offsets([plane.nuclei for plane in run.planes], "stack")
    for plane, offset in zip(run.planes, offsets, strict=True):
        index = plane.plane_index
        labels = offset_labels(run.plane_labels(index), offset)
        result.plane_labels(index)[...] = labels
    return result
