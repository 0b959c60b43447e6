"""A run in memory: make labels, output maps and a table of a source; without Qt."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from napari_nuclei.core.blocks import Window
from napari_nuclei.core.instances.inside_region import filter_inside
from napari_nuclei.core.linking.segmented_stack import joins_slices
from napari_nuclei.core.measure.counts import counted
from napari_nuclei.core.measure.nuclei import INTENSITY, PlaneToMeasure, measure_planes
from napari_nuclei.core.segmentation import (
    PlaneResult,
    label_offsets,
    offset_labels,
)
from napari_nuclei.widgets.segment.diameter_check import DiameterCheck
from napari_nuclei.widgets.segment.result import MeasuredPlane, RunResult
from napari_nuclei.widgets.segment.runs.finish_run import finish_run
from napari_nuclei.widgets.shared.segmenter_cache import SegmenterCache
from napari_nuclei.widgets.shared.thread_progress import (
    Progress,
    ProgressCallback,
    time_left,
)

if TYPE_CHECKING:
    import pandas as pd

    from napari_nuclei.config import SegmentConfig
    from napari_nuclei.core.axes import PlaneIndex
    from napari_nuclei.core.maps import FilteredLabels
    from napari_nuclei.widgets.layers.image_source import ImageSource
    from napari_nuclei.widgets.layers.layer_corrections import LayerSnapshot

MAX_MAPS_BYTES = 1 << 30
"""Largest memory for the output maps of a run, which live thresholds need."""


def segment_in_memory(
    source: ImageSource,
    model: Path,
    config: SegmentConfig,
    report: ProgressCallback,
    *,
    segmenter_cache: SegmenterCache | None = None,
    probability: bool = False,
    corrections: LayerSnapshot | None = None,
) -> RunResult:
    """Segment all planes of a source and measure the nuclei; called in a thread.

    Parameters
    ----------
    source : ImageSource
    model : Path
        Folder of the model.
    config : SegmentConfig
    report : callable
        Called with a `Progress` for every few tiles; raising ends the run. The value
        of one step before the first plane, and of one step after each plane, is the
        `RunResult`, which holds the planes that are done.
    segmenter_cache : SegmenterCache, optional
        Holds the model between runs.
    probability : bool
        Return the foreground probability too.
    corrections : LayerSnapshot, optional
        An earlier result whose corrections are kept.
    """
    report(Progress(0, 0, "Loading the model"))
    segmenter = (segmenter_cache or SegmenterCache()).get(model)
    began, layout = time.perf_counter(), source.layout
    run = RunResult(source, segmenter, config, np.zeros(layout.label_shape, np.int32))
    if probability:
        run.probability = np.zeros(layout.label_shape, np.float32)
    if joins_slices(config):
        run.foreground = np.zeros(layout.label_shape, np.float16)
    diameter_check = DiameterCheck(segmenter, config, source.pixel_size)
    report(Progress(0, 0, "Measuring the diameter", run))
    count = layout.plane_count

    last = Progress(0, 0)

    def show_progress(done: int, total: int) -> None:
        nonlocal last
        text = "Finding nuclei"
        if count > 1:
            text = f"Plane {len(run.planes) + 1} of {count}"
        left = time_left(done, total, time.perf_counter() - began)
        last = Progress(done, total, text + left)
        report(last)

    free_bytes = MAX_MAPS_BYTES
    for plane in segmenter.planes(
        source.data,
        layout,
        pixel_size=source.pixel_size,
        progress=show_progress,
        config=config,
    ):
        inside = filter_inside(plane.filtered, source.region)
        plane = replace(plane, filtered=inside)
        if count == 1:
            last = Progress(0, 0, f"Measuring {counted(len(inside.areas), 'nucleus')}")
        free_bytes -= plane.maps.channels.nbytes
        check_cancelled = partial(report, last)
        add_plane_result(run, plane, check_cancelled, hold_maps=free_bytes >= 0)
        run.seconds = time.perf_counter() - began
        diameter_check.check_plane(len(run.planes), plane.pixels)
        run.mismatched_diameter = diameter_check.mismatch
        report(replace(last, value=run))
    run = finish_run(run, report, corrections)
    run.seconds = time.perf_counter() - began
    return run


def add_plane_result(
    run: RunResult,
    plane: PlaneResult,
    check_cancelled: Callable[[], object],
    *,
    hold_maps: bool,
) -> None:
    """Measure a segmented plane and add it to its run.

    Parameters
    ----------
    run : RunResult
    plane : PlaneResult
    check_cancelled : callable
        Called from time to time; raise an error in it to cancel.
    hold_maps : bool
        Hold the output maps, for live thresholds.
    """
    import pandas as pd

    layout = run.source.layout
    run.scale = plane.maps.scale
    joins = run.foreground is not None
    labels = plane.filtered.labels if joins else plane.labels
    layout.write_plane(run.labels, plane.plane_index, labels)
    if run.foreground is not None:
        layout.write_plane(run.foreground, plane.plane_index, plane.foreground)
    if run.probability is not None:
        layout.write_plane(run.probability, plane.plane_index, plane.foreground)
    # Joined nuclei are measured in 3-D when all planes are done.
    table = (
        pd.DataFrame() if joins else table_of_plane(run.source, plane, check_cancelled)
    )
    run.planes.append(
        MeasuredPlane(
            plane_index=plane.plane_index,
            maps=plane.maps if hold_maps else None,
            nuclei=len(plane.filtered.areas),
            dropped=plane.filtered.dropped,
            table=table,
            notes=plane.notes,
            count_range=plane.count_range,
        )
    )


def table_of_plane(
    source: ImageSource,
    plane: PlaneResult,
    check_cancelled: Callable[[], object] = lambda: None,
) -> pd.DataFrame:
    """Measure the nuclei of one plane.

    Parameters
    ----------
    source : ImageSource
    plane : PlaneResult
    check_cancelled : callable, optional
        Called from time to time; raise an error in it to cancel.

    Returns
    -------
    DataFrame
        One row per nucleus; the index is the label in ``plane.labels``. For a stack,
        there is a column for each stack axis.
    """
    measured = PlaneToMeasure(
        plane.plane_index,
        plane.labels,
        {INTENSITY: plane.pixels},
        plane.foreground,
        plane.maps.curve,
    )
    return measure_planes(
        [measured],
        source.layout.stack_axes,
        pixel_size=source.pixel_size,
        check=check_cancelled,
    )


def relabel(
    run: RunResult,
    config: SegmentConfig,
    report: ProgressCallback,
    first: PlaneIndex | None = None,
) -> dict[PlaneIndex, FilteredLabels]:
    """Label all planes again from their maps; called in a thread.

    Parameters
    ----------
    run : RunResult
        A run that holds the maps of all planes.
    config : SegmentConfig
        With other thresholds or filters.
    report : callable
        Called with a `Progress` for every plane, whose value is (plane index,
        `FilteredLabels`), numbered from 1 in the plane. At the end, planes of a stack
        that are numbered over the stack are reported again with their final numbers.
    first : tuple of int, optional
        The plane on display, which is labelled first.

    Returns
    -------
    dict of tuple of int to FilteredLabels
        By plane index, each numbered from 1.
    """
    ordered = sorted(run.planes, key=lambda plane: plane.plane_index != first)
    labelled = {}
    for number, plane in enumerate(ordered, 1):
        assert plane.maps is not None  # the caller has checked `has_all_maps`
        filtered = run.segmenter.label(plane.maps, config)
        filtered = filter_inside(filtered, run.source.region)
        labelled[plane.plane_index] = filtered
        report(Progress(number, len(ordered), value=(plane.plane_index, filtered)))
    for plane_index, offset in stack_offsets(run, labelled).items():
        if offset:
            filtered = labelled[plane_index]
            labels = offset_labels(filtered.labels, offset)
            filtered = replace(filtered, labels=labels)
            report(Progress(len(ordered), len(ordered), value=(plane_index, filtered)))
    return labelled


def remeasure(
    run: RunResult, labelled: dict[PlaneIndex, FilteredLabels], report: ProgressCallback
) -> Sequence[MeasuredPlane]:
    """Measure all planes of a run with new labels; called in a thread.

    Parameters
    ----------
    run : RunResult
    labelled : dict of tuple of int to FilteredLabels
        As returned by `relabel`.
    report : callable
        Called with a `Progress` for every plane; raising ends the work.
    """
    source, planes = run.source, []
    offsets = stack_offsets(run, labelled)
    for number, old in enumerate(run.planes, 1):
        index, maps = old.plane_index, old.maps
        assert maps is not None
        filtered = labelled[index]
        height, width = maps.shape
        plane = PlaneResult(
            plane_index=index,
            window=Window(0, height, 0, width),
            pixels=source.layout.read_plane(source.data, index),
            maps=maps,
            filtered=filtered,
            label_offset=offsets[index],
        )
        check_cancelled = partial(report, Progress(number - 1, len(run.planes)))
        table = table_of_plane(source, plane, check_cancelled)
        nuclei, dropped = len(filtered.areas), filtered.dropped
        planes.append(
            MeasuredPlane(
                plane_index=index,
                maps=maps,
                nuclei=nuclei,
                dropped=dropped,
                table=table,
                notes=old.notes,
                count_range=plane.count_range,
            )
        )
        report(Progress(number, len(run.planes)))
    return planes


def stack_offsets(
    run: RunResult, labelled: dict[PlaneIndex, FilteredLabels]
) -> dict[PlaneIndex, int]:
    """Return the number to add to the labels of each plane of a run."""
    indices = [plane.plane_index for plane in run.planes]
    counts = [len(labelled[index].areas) for index in indices]
    offsets = label_offsets(counts, run.config.numbering)
    return dict(zip(indices, offsets, strict=True))
