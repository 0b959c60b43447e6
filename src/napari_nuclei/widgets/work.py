"""The work of a run, without Qt: from a source to labels, maps and a table."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.diameter import median_diameter, working_scale
from napari_nuclei.core.features import Table, nuclei_table
from napari_nuclei.core.filters import Dropped
from napari_nuclei.model.store import read_card
from napari_nuclei.widgets.steps import Report, Step, time_left

if TYPE_CHECKING:
    from napari_nuclei.config import SegmentConfig
    from napari_nuclei.core.axes import Index
    from napari_nuclei.core.maps import Labelled, Maps
    from napari_nuclei.core.segmentation import Plane
    from napari_nuclei.core.segmenter import Segmenter
    from napari_nuclei.widgets.source import Source

MAPS_BYTES = 1 << 30
"""Most memory in which a run keeps what the network said, for live thresholds."""


@dataclass(frozen=True, slots=True)
class Done:
    """A plane that was segmented and measured.

    Attributes
    ----------
    place : tuple of int
    maps : Maps, optional
        What the network said; None where there was no room to keep it.
    nuclei : int
    dropped : Dropped
    table : dict of str to ndarray
        A row for every nucleus.
    """

    place: Index
    maps: Maps | None
    nuclei: int
    dropped: Dropped
    table: Table


@dataclass(slots=True)
class Run:
    """What a run has found so far; complete when it has ended.

    Attributes
    ----------
    source : Source
    segmenter : Segmenter
    config : SegmentConfig
    labels : ndarray of int32
        Of the shape of the source without its channels.
    planes : list of Done
        The planes that are done, in order.
    scale : float
        Planes were resized by this for the network.
    seconds : float
        Time it took.
    misfit : float, optional
        Diameter of the nuclei, in pixels, where it is far from the one that was set.
    probability : ndarray of float32, optional
        Of the foreground, of the shape of `labels`, where it was wanted.
    """

    source: Source
    segmenter: Segmenter
    config: SegmentConfig
    labels: NDArray[np.int32]
    planes: list[Done] = field(default_factory=list)
    scale: float = 1.0
    seconds: float = 0.0
    misfit: float | None = None
    probability: NDArray[np.float32] | None = None

    @property
    def table(self) -> Table:
        """The tables of all planes, one below the other."""
        tables = [done.table for done in self.planes]
        return {key: np.concatenate([t[key] for t in tables]) for key in tables[0]}

    @property
    def nuclei(self) -> int:
        """Number of nuclei in all planes."""
        return sum(done.nuclei for done in self.planes)

    @property
    def dropped(self) -> Dropped:
        """Nuclei that were filtered out, in all planes."""
        return sum((done.dropped for done in self.planes), Dropped())

    @property
    def diameter(self) -> float:
        """Median diameter of the nuclei, in pixels; NaN where there are none."""
        return median_diameter(self.source.layout.read_labels(self.labels))

    @property
    def tunable(self) -> bool:
        """Whether every plane's maps are kept, so that thresholds can be tried."""
        return all(done.maps is not None for done in self.planes)

    def plane(self, place: Index) -> NDArray[np.int32]:
        """Return the labels of one plane, of shape (Y, X); a view."""
        layout = self.source.layout
        where = dict(zip(layout.stack_axes, place, strict=True))
        plane = self.labels[
            tuple(where.get(axis, slice(None)) for axis in layout.label_axes)
        ]
        return plane.T if layout.swapped else plane


class Segmenters:
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


def segment_source(
    source: Source,
    model: Path,
    config: SegmentConfig,
    report: Report,
    *,
    segmenters: Segmenters | None = None,
    probability: bool = False,
    begun: Callable[[Run], object] = lambda run: None,
) -> Run:
    """Segment and measure; called in a thread.

    This is the one place that decides how a source is run: today all planes one after
    another, each held in memory.

    Parameters
    ----------
    source : Source
    model : Path
        Folder of the model.
    config : SegmentConfig
    report : callable
        Is given a `Step` for every few tiles; ends the run by raising.
    segmenters : Segmenters, optional
        Keeps the model between runs.
    probability : bool
        Keep the probability of the foreground too.
    begun : callable, optional
        Is given the run before its first plane; what is done by the time that the run
        is cancelled stands in it.
    """
    report(Step(0, 0, "Loading the model"))
    segmenter = (segmenters or Segmenters()).get(model)
    began, layout = time.perf_counter(), source.layout
    run = Run(source, segmenter, config, np.zeros(layout.label_shape, np.int32))
    if probability:
        run.probability = np.zeros(layout.label_shape, np.float32)
    begun(run)
    report(Step(0, 0, "Measuring the diameter"))
    count = len(list(layout.planes()))

    def tell(done: int, total: int) -> None:
        text = "Looking for nuclei"
        if count > 1:
            text = f"Plane {len(run.planes) + 1} of {count}"
        left = time_left(done, total, time.perf_counter() - began)
        report(Step(done, total, text + left))

    room = MAPS_BYTES
    for plane in segmenter.planes(
        source.data,
        layout,
        pixel_size=source.pixel_size,
        progress=tell,
        config=config,
    ):
        run.scale = plane.maps.scale
        layout.write(run.labels, plane.place, plane.found.labels)
        if run.probability is not None:
            from napari_nuclei.core.maps import full_foreground

            layout.write(run.probability, plane.place, full_foreground(plane.maps))
        if count == 1:
            report(Step(0, 0, f"Measuring {int(plane.found.labels.max())} nuclei"))
        table = measure_plane(
            source, plane.place, plane.pixels, plane.found, plane.maps
        )
        room -= maps_bytes(plane.maps)
        run.planes.append(
            Done(
                plane.place,
                plane.maps if room >= 0 else None,
                int(plane.found.labels.max()),
                plane.found.dropped,
                table,
            )
        )
        run.seconds = time.perf_counter() - began
        if len(run.planes) == 1:
            run.misfit = find_misfit(run, plane)
    return run


def part_of_run(run: Run) -> Run | None:
    """Return what is done of a run that was cancelled; None if no plane is.

    The thread may be in the middle of the next plane, which is left empty.
    """
    planes = list(run.planes)
    if not planes:
        return None
    part = replace(run, labels=run.labels.copy(), planes=planes, misfit=None)
    for place in list(run.source.layout.planes())[len(planes) :]:
        part.plane(place)[...] = 0
    return part


def find_misfit(run: Run, plane: Plane) -> float | None:
    """Return the diameter of a plane's nuclei if it is far from the one that was set.

    What `diameter` auto has measured needs no second look.
    """
    from napari_nuclei.core.normalize import normalize

    expected = run.config.diameter_in_pixels(run.source.pixel_size)
    if expected == "auto":
        return None
    if expected == "native":
        expected = run.segmenter.card.diameter
    measured = run.segmenter.measure([normalize(plane.pixels)], run.config)
    ratio = measured / float(expected)
    fits = not np.isfinite(ratio) or working_scale(ratio) == 1
    return None if fits else measured


def measure_plane(
    source: Source,
    place: Index,
    pixels: NDArray[Any],
    found: Labelled,
    maps: Maps,
) -> Table:
    """Return the table of one plane; that of a stack names its frame."""
    from napari_nuclei.core.maps import full_foreground

    table = nuclei_table(
        found.labels, pixels, full_foreground(maps), pixel_size=source.pixel_size
    )
    layout = source.layout
    if not layout.stack_axes:
        return table
    sizes = [layout.size(axis) for axis in layout.stack_axes]
    frame = int(np.ravel_multi_index(place, sizes))
    return {"frame": np.full(len(table["label"]), frame), **table}


def relabel(
    run: Run, config: SegmentConfig, report: Report, first: Index | None = None
) -> dict[Index, Labelled]:
    """Label all planes anew from their maps; called in a thread.

    Parameters
    ----------
    run : Run
        One whose maps are kept.
    config : SegmentConfig
        With other thresholds or filters.
    report : callable
        Is given a `Step` for every plane, whose value is (place, `Labelled`).
    first : tuple of int, optional
        The plane on display.
    """
    ordered = sorted(run.planes, key=lambda done: done.place != first)
    labelled = {}
    for number, done in enumerate(ordered, 1):
        assert done.maps is not None  # or the run is not tunable
        found = run.segmenter.find(done.maps, config)
        labelled[done.place] = found
        report(Step(number, len(ordered), value=(done.place, found)))
    return labelled


def remeasure(
    run: Run, labelled: dict[Index, Labelled], report: Report
) -> Sequence[Done]:
    """Return the planes of a run with the tables of new labels; called in a thread."""
    source, planes = run.source, []
    for number, done in enumerate(run.planes, 1):
        found = labelled[done.place]
        assert done.maps is not None
        pixels = source.layout.read(source.data, done.place)
        table = measure_plane(source, done.place, pixels, found, done.maps)
        nuclei = int(found.labels.max())
        planes.append(Done(done.place, done.maps, nuclei, found.dropped, table))
        report(Step(number, len(run.planes)))
    return planes


def maps_bytes(maps: Maps) -> int:
    """Return the memory that maps take, in bytes."""
    extra = 0 if maps.distance is None else maps.distance.nbytes
    return maps.foreground.nbytes + extra
