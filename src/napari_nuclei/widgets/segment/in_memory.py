"""The work of a run, without Qt: from a source to labels, maps and a table."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from napari_nuclei.core.blocks import Window
from napari_nuclei.core.measure.nuclei import INTENSITY, PlaneToMeasure, measure_planes
from napari_nuclei.core.segmentation import (
    PlaneResult,
    label_offsets,
    offset_labels,
)
from napari_nuclei.model.store import read_card
from napari_nuclei.widgets.segment.diameter_check import DiameterCheck
from napari_nuclei.widgets.segment.result import MeasuredPlane, RunResult
from napari_nuclei.widgets.shared.progress import Progress, ProgressCallback, time_left

if TYPE_CHECKING:
    import pandas as pd

    from napari_nuclei.config import SegmentConfig
    from napari_nuclei.core.axes import PlaneIndex
    from napari_nuclei.core.maps import FilteredLabels, OutputMaps
    from napari_nuclei.core.segmenter import Segmenter
    from napari_nuclei.widgets.layers.image_source import ImageSource

MAX_MAPS_BYTES = 1 << 30
"""Most memory in which a run keeps what the network said, for live thresholds."""


class SegmenterCache:
    """Loads models, and keeps the last one until another, or other files, are asked."""

    def __init__(self) -> None:
        self._key: object = None
        self._kept: Segmenter | None = None

    def get(self, model: Path) -> Segmenter:
        """Return the segmenter of a model's folder.

        Raises
        ------
        OSError, ValueError
            If the model is missing or damaged.
        """
        # A model that was trained anew under its old name has other hashes.
        key = (model, sorted(read_card(model).sha256.items()))
        if self._kept is None or key != self._key:
            import napari_nuclei

            self._kept, self._key = napari_nuclei.load_segmenter(model), key
        return self._kept


def segment_in_memory(
    source: ImageSource,
    model: Path,
    config: SegmentConfig,
    report: ProgressCallback,
    *,
    segmenter_cache: SegmenterCache | None = None,
    probability: bool = False,
) -> RunResult:
    """Segment and measure; called in a thread.

    This is the one place that decides how a source is run: today all planes one after
    another, each held in memory.

    Parameters
    ----------
    source : ImageSource
    model : Path
        Folder of the model.
    config : SegmentConfig
    report : callable
        Called with a `Progress` for every few tiles; raising ends the run. The value
        of one step before the first plane is the `RunResult`, which holds the planes
        that are done.
    segmenter_cache : SegmenterCache, optional
        Keeps the model between runs.
    probability : bool
        Keep the probability of the foreground too.
    """
    report(Progress(0, 0, "Loading the model"))
    segmenter = (segmenter_cache or SegmenterCache()).get(model)
    began, layout = time.perf_counter(), source.layout
    run = RunResult(source, segmenter, config, np.zeros(layout.label_shape, np.int32))
    if probability:
        run.probability = np.zeros(layout.label_shape, np.float32)
    diameter_check = DiameterCheck(segmenter, config, source.pixel_size)
    report(Progress(0, 0, "Measuring the diameter", run))
    count = len(list(layout.plane_indices()))

    last = Progress(0, 0)

    def tell(done: int, total: int) -> None:
        nonlocal last
        text = "Looking for nuclei"
        if count > 1:
            text = f"Plane {len(run.planes) + 1} of {count}"
        left = time_left(done, total, time.perf_counter() - began)
        last = Progress(done, total, text + left)
        report(last)

    room = MAX_MAPS_BYTES
    for plane in segmenter.planes(
        source.data,
        layout,
        pixel_size=source.pixel_size,
        progress=tell,
        config=config,
    ):
        if count == 1:
            last = Progress(0, 0, f"Measuring {len(plane.filtered.areas)} nuclei")
        room -= maps_bytes(plane.maps)
        add_plane_result(run, plane, partial(report, last), maps_kept=room >= 0)
        run.seconds = time.perf_counter() - began
        diameter_check.check_plane(len(run.planes), plane.pixels)
        run.mismatched_diameter = diameter_check.mismatch
    return run


def add_plane_result(
    run: RunResult, plane: PlaneResult, check: Callable[[], object], *, maps_kept: bool
) -> None:
    """Add a plane that was segmented to its run, measured.

    Its maps are kept if it is to be `maps_kept`; `check` is called now and then, and
    ends the work by raising.
    """
    layout = run.source.layout
    run.scale = plane.maps.scale
    layout.write_plane(run.labels, plane.plane_index, plane.labels)
    if run.probability is not None:
        layout.write_plane(run.probability, plane.plane_index, plane.foreground)
    table = measure_plane(run.source, plane, check)
    run.planes.append(
        MeasuredPlane(
            plane.plane_index,
            plane.maps if maps_kept else None,
            len(plane.filtered.areas),
            plane.filtered.dropped,
            table,
        )
    )


def measure_plane(
    source: ImageSource,
    plane: PlaneResult,
    check: Callable[[], object] = lambda: None,
) -> pd.DataFrame:
    """Measure the nuclei of one plane; a stack's have a column for each of its axes.

    Parameters
    ----------
    source : ImageSource
    plane : PlaneResult
    check : callable, optional
        Called from time to time; raise an error in it to cancel.

    Returns
    -------
    DataFrame
        Its index holds the labels of ``plane.labels``.
    """
    measured = PlaneToMeasure(
        plane.plane_index, plane.labels, {INTENSITY: plane.pixels}, plane.foreground
    )
    return measure_planes(
        [measured], source.layout.stack_axes, pixel_size=source.pixel_size, check=check
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
        Its maps must still be in memory.
    config : SegmentConfig
        With other thresholds or filters.
    report : callable
        Called with a `Progress` for every plane, whose value is (plane index,
        `FilteredLabels`). The labels of a stack are numbered in each plane at first;
        once all planes are labelled, the planes whose numbers differ in the stack are
        reported again with these.
    first : tuple of int, optional
        The plane on display, which is labelled first.

    Returns
    -------
    dict of tuple of int to FilteredLabels
        By plane index, each numbered from 1.
    """
    ordered = sorted(run.planes, key=lambda done: done.place != first)
    labelled = {}
    for number, done in enumerate(ordered, 1):
        assert done.maps is not None  # RunResult.maps_kept was checked
        found = run.segmenter.label(done.maps, config)
        labelled[done.place] = found
        report(Progress(number, len(ordered), value=(done.place, found)))
    for place, offset in stack_offsets(run, labelled).items():
        if offset:
            found = labelled[place]
            found = replace(found, labels=offset_labels(found.labels, offset))
            report(Progress(len(ordered), len(ordered), value=(place, found)))
    return labelled


def remeasure(
    run: RunResult, labelled: dict[PlaneIndex, FilteredLabels], report: ProgressCallback
) -> Sequence[MeasuredPlane]:
    """Return the planes of a run with the tables of new labels; called in a thread."""
    source, planes = run.source, []
    offsets = stack_offsets(run, labelled)
    for number, done in enumerate(run.planes, 1):
        found = labelled[done.place]
        assert done.maps is not None
        height, width = done.maps.shape
        plane = PlaneResult(
            done.place,
            Window(0, height, 0, width),
            source.layout.read_plane(source.data, done.place),
            done.maps,
            found,
            offsets[done.place],
        )
        again = partial(report, Progress(number - 1, len(run.planes)))
        table = measure_plane(source, plane, again)
        planes.append(
            MeasuredPlane(done.place, done.maps, len(found.areas), found.dropped, table)
        )
        report(Progress(number, len(run.planes)))
    return planes


def stack_offsets(
    run: RunResult, labelled: dict[PlaneIndex, FilteredLabels]
) -> dict[PlaneIndex, int]:
    """Return the number that each plane of a run adds to its own labels."""
    places = [done.place for done in run.planes]
    counts = [len(labelled[place].areas) for place in places]
    offsets = label_offsets(counts, run.config.numbering)
    return dict(zip(places, offsets, strict=True))


def maps_bytes(maps: OutputMaps) -> int:
    """Return the memory that maps take, in bytes."""
    return maps.channels.nbytes
