"""The results of a run; without Qt."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.instances.filters import DroppedCounts
from napari_nuclei.core.intensity.notes import join_notes
from napari_nuclei.core.measure.counts import stack_phrase
from napari_nuclei.widgets.layers.describe import named_axes

if TYPE_CHECKING:
    import pandas as pd

    from napari_nuclei.config import SegmentConfig
    from napari_nuclei.core.axes import PlaneIndex
    from napari_nuclei.core.correct.keep import KeptNuclei
    from napari_nuclei.core.maps import OutputMaps
    from napari_nuclei.core.segmenter import Segmenter
    from napari_nuclei.core.tracking.tracking import Tracking
    from napari_nuclei.widgets.layers.image_source import ImageSource


@dataclass(frozen=True, slots=True)
class MeasuredPlane:
    """A plane that was segmented and measured.

    Attributes
    ----------
    plane_index : tuple of int
        Position along the stack axes.
    maps : OutputMaps, optional
        Output maps of the network; None if there was not enough memory to hold them.
    nuclei : int
    dropped : DroppedCounts, optional
        Nuclei that were left out; None if they were not counted.
    table : DataFrame
        One row per nucleus.
    notes : tuple of str
        Notes on an unusual plane, as of `PlaneResult`.
    count_range : tuple of int, optional
        Smallest and largest number of nuclei that there probably are, as of
        `PlaneResult`.
    """

    plane_index: PlaneIndex
    maps: OutputMaps | None
    nuclei: int
    dropped: DroppedCounts | None
    table: pd.DataFrame
    notes: tuple[str, ...] = ()
    count_range: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class JoinedNuclei:
    """The nuclei in 3-D of a run whose slices are joined.

    Attributes
    ----------
    table : DataFrame
        One row per nucleus.
    dropped : DroppedCounts
        Nuclei in 3-D that were left out.
    notes : tuple of str
    """

    table: pd.DataFrame
    dropped: DroppedCounts
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TrackedNuclei:
    """The nuclei of a run that were followed over time.

    Attributes
    ----------
    table : DataFrame
        One row per nucleus and frame; the index is the track.
    tracking : Tracking
    """

    table: pd.DataFrame
    tracking: Tracking


@dataclass(frozen=True, slots=True)
class LabelsOnDisk:
    """The files of the labels of a large image.

    Attributes
    ----------
    labels, table : Path
        OME-Zarr labels, and a CSV file with one row per nucleus.
    missing : int
        Number of blocks that are empty in the labels: failed, or not segmented yet.
    failed : tuple of str
        Blocks that failed, with the reason.
    notes : tuple of str
        Notes on unusual planes, as of `LargeResult`.
    """

    labels: Path
    table: Path
    missing: int = 0
    failed: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(slots=True)
class RunResult:
    """The finished planes of a run; during the run, the planes finished so far.

    Attributes
    ----------
    source : ImageSource
    segmenter : Segmenter
    config : SegmentConfig
    labels : ndarray of int32, or list of dask arrays
        Of the shape of the source without its channels. For a large image, the levels
        of a pyramid on disk.
    planes : list of MeasuredPlane
        The finished planes, in order.
    scale : float
        Network scale: planes were resized by this factor.
    seconds : float
        Duration of the run.
    mismatched_diameter : float, optional
        Measured diameter of the nuclei, in pixels, if it is far from the one set.
    probability : ndarray of float32, optional
        Foreground probability, of the shape of `labels`, if it was requested.
    on_disk : LabelsOnDisk, optional
        The files of a large image.
    joined : JoinedNuclei, optional
        The nuclei in 3-D, after slices were joined. Before, the labels of each plane
        are numbered from 1.
    tracked : TrackedNuclei, optional
        The tracks, after nuclei were followed over time; labels are numbered by them.
    foreground : ndarray of float16, optional
        Foreground probability of a run whose slices are joined.
    kept : KeptNuclei, optional
        Corrected nuclei of an earlier result that are in `labels`.
    prediction : ndarray of int32, optional
        The labels without them; None if they are `labels`.
    """

    source: ImageSource
    segmenter: Segmenter
    config: SegmentConfig
    labels: Any
    planes: list[MeasuredPlane] = field(default_factory=list)
    scale: float = 1.0
    seconds: float = 0.0
    mismatched_diameter: float | None = None
    probability: NDArray[np.float32] | None = None
    on_disk: LabelsOnDisk | None = None
    joined: JoinedNuclei | None = None
    tracked: TrackedNuclei | None = None
    foreground: NDArray[np.float16] | None = None
    kept: KeptNuclei | None = None
    prediction: NDArray[np.int32] | None = None

    @property
    def table(self) -> pd.DataFrame:
        """The tables of all planes, concatenated, or that of the joined nuclei."""
        import pandas as pd

        if self.tracked is not None:
            return self.tracked.table
        if self.joined is not None:
            return self.joined.table
        return pd.concat([plane.table for plane in self.planes])

    @property
    def nuclei(self) -> int:
        """Number of tracks, of joined nuclei, or of labels in all planes."""
        if self.tracked is not None:
            return len(self.tracked.tracking.tracks)
        if self.joined is not None:
            return len(self.joined.table)
        return sum(plane.nuclei for plane in self.planes)

    @property
    def stack(self) -> str:
        """In which planes outlines were counted; empty for a single plane."""
        return self._stack(self.joined is not None or self.tracked is not None)

    @property
    def stack_of_outlines(self) -> str:
        """In which planes outlines are counted before they are joined."""
        return self._stack(False)

    @property
    def plane_count(self) -> int:
        """Number of planes of the source, done or not."""
        layout = self.source.layout
        return math.prod(layout.size(axis) for axis in layout.stack_axes)

    @property
    def is_complete(self) -> bool:
        """Whether all planes are done."""
        return self.on_disk is not None or len(self.planes) == self.plane_count

    def _stack(self, joined: bool) -> str:
        layout = self.source.layout
        shape = [*layout.label_shape]
        if len(layout.stack_axes) == 1 and not self.is_complete:
            shape[layout.label_axes.index(layout.stack_axes)] = len(self.planes)
        axes = self.source.layout.label_axes if joined else named_axes(self.source)
        tracked = joined and self.tracked is not None
        return stack_phrase(axes, shape, joined=joined, tracked=tracked)

    @property
    def count_range(self) -> tuple[int, int] | None:
        """Smallest and largest number of nuclei that an image probably has."""
        if len(self.planes) != 1 or not self.config.selects_by_model:
            return None
        return self.planes[0].count_range

    @property
    def dropped(self) -> DroppedCounts | None:
        """Nuclei that were left out, in all planes; None if they were not counted."""
        total = DroppedCounts() if self.joined is None else self.joined.dropped
        for plane in self.planes:
            if plane.dropped is None:
                return None
            total += plane.dropped
        return total

    @property
    def notes(self) -> tuple[str, ...]:
        """Notes on unusual planes, each once."""
        if self.on_disk is not None:
            return self.on_disk.notes
        more = () if self.joined is None else self.joined.notes
        return (*join_notes([plane.notes for plane in self.planes]), *more)

    @property
    def diameter(self) -> float:
        """Median diameter of the nuclei, in pixels; NaN without nuclei."""
        if not self.nuclei or not len(table := self.table):
            return np.nan
        return float(np.median(table["diameter"]))

    @property
    def has_all_maps(self) -> bool:
        """Whether the maps of all planes are in memory, as live thresholds need."""
        return all(plane.maps is not None for plane in self.planes)

    def plane_labels(self, plane_index: PlaneIndex) -> NDArray[np.int32]:
        """Return the labels of one plane, shape (Y, X), as a view."""
        layout = self.source.layout
        positions = dict(zip(layout.stack_axes, plane_index, strict=True))
        plane: NDArray[np.int32] = self.labels[
            tuple(positions.get(axis, slice(None)) for axis in layout.label_axes)
        ]
        return plane.T if layout.x_before_y else plane


def completed_part(run: RunResult) -> RunResult | None:
    """Return a copy of a cancelled run with its finished planes; None without any.

    Unfinished planes are cleared in the copy, since the thread may still write one.
    """
    planes = list(run.planes)
    if not planes:
        return None
    part = replace(
        run, labels=run.labels.copy(), planes=planes, mismatched_diameter=None
    )
    for plane_index in list(run.source.layout.plane_indices())[len(planes) :]:
        part.plane_labels(plane_index)[...] = 0
    return part
