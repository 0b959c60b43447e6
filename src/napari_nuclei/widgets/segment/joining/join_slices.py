"""Join the slices of a run to nuclei in 3-D; without Qt."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from napari_nuclei.core.linking.segmented_stack import make_joiner
from napari_nuclei.core.measure.volumes import measure_volumes
from napari_nuclei.widgets.segment.result import JoinedNuclei
from napari_nuclei.widgets.shared.thread_progress import Progress, ProgressCallback

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from napari_nuclei.config import SegmentConfig
    from napari_nuclei.core.axes import PlaneIndex
    from napari_nuclei.core.instances.filters import DroppedCounts
    from napari_nuclei.core.maps import FilteredLabels
    from napari_nuclei.widgets.segment.result import MeasuredPlane, RunResult


def join_labels(
    run: RunResult,
    slices: Mapping[PlaneIndex, NDArray[np.int32]],
    config: SegmentConfig,
    check_cancelled: Callable[[], object] = lambda: None,
) -> tuple[NDArray[np.int32], DroppedCounts, tuple[str, ...]]:
    """Return labels of a run with one number per nucleus in 3-D.

    Parameters
    ----------
    run : RunResult
    slices : mapping of tuple of int to ndarray of int32, shape (Y, X)
        Labels of the planes that are done, by plane index.
    config : SegmentConfig
        Joins slices.
    check_cancelled : callable, optional
        Called for every plane; raise an error in it to cancel.

    Returns
    -------
    labels : ndarray of int32, of the shape of ``run.labels``
    dropped : DroppedCounts
        Nuclei in 3-D that were left out.
    notes : tuple of str
    """
    source = run.source
    layout = source.layout
    joiner, notes = make_joiner(layout, config, source.pixel_size, source.z_spacing)
    assert joiner is not None
    for index in layout.plane_indices():
        if index in slices:
            check_cancelled()
            joiner.add(index, slices[index], layout.read_plane(source.data, index))
    joined = joiner.finish()
    labels = np.zeros(layout.label_shape, np.int32)
    for index, plane in slices.items():
        check_cancelled()
        pixels = layout.read_plane(source.data, index)
        layout.write_plane(labels, index, joined.join_plane(index, plane, pixels))
    return labels, joined.dropped, notes


def join_run(
    run: RunResult,
    config: SegmentConfig,
    slices: Mapping[PlaneIndex, NDArray[np.int32]] | None = None,
    check_cancelled: Callable[[], object] = lambda: None,
) -> tuple[NDArray[np.int32], JoinedNuclei]:
    """Join the finished planes of a run, and measure the nuclei in 3-D.

    Parameters
    ----------
    run : RunResult
        Its planes hold labels from 1 and the foreground probability; not modified.
    config : SegmentConfig
        Joins slices.
    slices : mapping of tuple of int to ndarray of int32, shape (Y, X), optional
        Labels of the planes; by default those of the run.
    check_cancelled : callable, optional
        Called from time to time; raise an error in it to cancel.

    Returns
    -------
    labels : ndarray of int32, of the shape of ``run.labels``
    joined : JoinedNuclei
    """
    if slices is None:
        done = [plane.plane_index for plane in run.planes]
        slices = {index: run.plane_labels(index) for index in done}
    labels, dropped, notes = join_labels(run, slices, config, check_cancelled)
    source, maps = run.source, run.planes[0].maps
    table = measure_volumes(
        labels,
        source.layout,
        source.data,
        foreground=run.foreground,
        curve=None if maps is None else maps.curve,
        pixel_size=source.pixel_size,
        z_spacing=source.z_spacing,
        check=check_cancelled,
    )
    return labels, JoinedNuclei(table, dropped, notes)


@dataclass(frozen=True, slots=True)
class RejoinedRun:
    """A run whose slices were joined again after a threshold changed.

    Attributes
    ----------
    planes : list of MeasuredPlane
    labels : dict of tuple of int to ndarray of int32, shape (Y, X)
        New labels by plane index.
    joined : JoinedNuclei
    """

    planes: list[MeasuredPlane]
    labels: dict[PlaneIndex, NDArray[np.int32]]
    joined: JoinedNuclei


def rejoin(
    run: RunResult,
    labelled: Mapping[PlaneIndex, FilteredLabels],
    config: SegmentConfig,
    report: ProgressCallback,
) -> RejoinedRun:
    """Join and measure a run again with new labels; called in a thread.

    Parameters
    ----------
    run : RunResult
    labelled : mapping of tuple of int to FilteredLabels
        As returned by `relabel`.
    config : SegmentConfig
        With other thresholds or limits.
    report : callable
        Called with a `Progress` from time to time; raising ends the work.
    """
    slices = {index: filtered.labels for index, filtered in labelled.items()}
    check_cancelled = partial(report, Progress(0, 0, "Joining slices"))
    labels, joined = join_run(run, config, slices, check_cancelled)
    planes = [
        replace(
            plane,
            nuclei=len(labelled[plane.plane_index].areas),
            dropped=labelled[plane.plane_index].dropped,
        )
        for plane in run.planes
    ]
    layout = run.source.layout
    by_index = dict(
        zip(layout.plane_indices(), layout.label_planes(labels), strict=True)
    )
    return RejoinedRun(planes, {index: by_index[index] for index in slices}, joined)
