"""What a run has found, without Qt."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.instances.filters import DroppedCounts

if TYPE_CHECKING:
    import pandas as pd

    from napari_nuclei.config import SegmentConfig
    from napari_nuclei.core.axes import PlaneIndex
    from napari_nuclei.core.maps import OutputMaps
    from napari_nuclei.core.segmenter import Segmenter
    from napari_nuclei.widgets.layers.image_source import ImageSource


@dataclass(frozen=True, slots=True)
class MeasuredPlane:
    """A plane that was segmented and measured.

    Attributes
    ----------
    place : tuple of int
    maps : OutputMaps, optional
        What the network said; None where there was no room to keep it.
    nuclei : int
    dropped : DroppedCounts, optional
        None where it was not counted.
    table : DataFrame
        One row a nucleus.
    """

    place: PlaneIndex
    maps: OutputMaps | None
    nuclei: int
    dropped: DroppedCounts | None
    table: pd.DataFrame


@dataclass(frozen=True, slots=True)
class LabelsOnDisk:
    """Where the labels of a large image are, which are not held in memory.

    Attributes
    ----------
    labels, table : Path
        OME-Zarr labels, and a CSV file with a row for every nucleus.
    missing : int
        Blocks that are empty in the labels: they failed or were not begun.
    failed : tuple of str
        What failed, and why.
    """

    labels: Path
    table: Path
    missing: int = 0
    failed: tuple[str, ...] = ()


@dataclass(slots=True)
class RunResult:
    """What a run has found so far; complete when it has ended.

    Attributes
    ----------
    source : ImageSource
    segmenter : Segmenter
    config : SegmentConfig
    labels : ndarray of int32, or list of dask arrays
        Of the shape of the source without its channels; of a large image the levels
        of a pyramid on disk.
    planes : list of PlaneResult
        The planes that are done, in order.
    scale : float
        Planes were resized by this for the network.
    seconds : float
        Time it took.
    mismatched_diameter : float, optional
        Diameter of the nuclei, in pixels, where it is far from the one that was set.
    probability : ndarray of float32, optional
        Of the foreground, of the shape of `labels`, where it was wanted.
    on_disk : LabelsOnDisk, optional
        Where the labels are, of a large image.
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

    @property
    def table(self) -> pd.DataFrame:
        """The tables of all planes, one below the other."""
        import pandas as pd

        return pd.concat([done.table for done in self.planes])

    @property
    def nuclei(self) -> int:
        """Number of nuclei in all planes."""
        return sum(done.nuclei for done in self.planes)

    @property
    def dropped(self) -> DroppedCounts | None:
        """Nuclei that were filtered out, in all planes; None if not counted."""
        every = DroppedCounts()
        for done in self.planes:
            if done.dropped is None:
                return None
            every += done.dropped
        return every

    @property
    def diameter(self) -> float:
        """Median diameter of the nuclei, in pixels; NaN where there are none."""
        return float(np.median(self.table["diameter"])) if self.nuclei else np.nan

    @property
    def maps_kept(self) -> bool:
        """Whether every plane's maps are kept, so that thresholds can be tried."""
        return all(done.maps is not None for done in self.planes)

    def plane(self, place: PlaneIndex) -> NDArray[np.int32]:
        """Return the labels of one plane, of shape (Y, X); a view."""
        layout = self.source.layout
        where = dict(zip(layout.stack_axes, place, strict=True))
        plane: NDArray[np.int32] = self.labels[
            tuple(where.get(axis, slice(None)) for axis in layout.label_axes)
        ]
        return plane.T if layout.x_before_y else plane


def completed_part(run: RunResult) -> RunResult | None:
    """Return what is done of a run that was cancelled; None if no plane is.

    The thread may be in the middle of the next plane, which is left empty.
    """
    planes = list(run.planes)
    if not planes:
        return None
    part = replace(
        run, labels=run.labels.copy(), planes=planes, mismatched_diameter=None
    )
    for place in list(run.source.layout.plane_indices())[len(planes) :]:
        part.plane(place)[...] = 0
    return part
