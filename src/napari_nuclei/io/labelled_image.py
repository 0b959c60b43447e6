"""The nuclei of an image, as the writers of files take them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from napari_nuclei.core.axes import PlaneIndex, PlaneLayout
    from napari_nuclei.core.confidence import ConfidenceCurve
    from napari_nuclei.core.plates.plate_position import PlatePosition
    from napari_nuclei.core.tracking.tracking import Tracking


@dataclass(frozen=True)
class LabelledImage:
    """The nuclei of an image, and what files store about them.

    Attributes
    ----------
    labels : ndarray of int, of shape `layout.label_shape`
        0 is background.
    layout : PlaneLayout
        Axes of the image and of its labels.
    pixel_size, z_spacing : float, optional
        Side of a pixel and distance between the planes of a z stack, in µm.
    image : array-like of shape `layout.shape`, optional
    foreground : ndarray of float32, of the shape of `labels`, optional
        Foreground probability.
    curve : ConfidenceCurve, optional
        Turns the mean foreground probability of a nucleus into its confidence.
    measure : callable, optional
        Returns the table of the nuclei; by default they are measured here.
    name : str
        Name of the image, without suffix, for formats that state it.
    classes : DataFrame, optional
        A table with the column `class`, for formats without measurements.
    colours : dict of str to sequence of int, optional
        Red, green and blue of classes, 0 to 255.
    joined : bool
        Whether a nucleus has one label in all slices along Z.
    tracking : Tracking, optional
        The tracks that the labels are numbered by.
    position : PlatePosition, optional
        Well and field; they are the first columns of the table.
    """

    labels: NDArray[np.integer]
    layout: PlaneLayout
    pixel_size: float | None = None
    z_spacing: float | None = None
    image: Any = None
    foreground: NDArray[np.float32] | None = None
    curve: ConfidenceCurve | None = None
    measure: Callable[[], pd.DataFrame] | None = None
    name: str = ""
    classes: pd.DataFrame | None = None
    colours: Mapping[str, Sequence[int]] | None = None
    joined: bool = False
    tracking: Tracking | None = None
    position: PlatePosition | None = None

    @property
    def axes(self) -> str:
        """One letter for each axis of the labels."""
        return self.layout.label_axes

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row per nucleus; measured at the first use."""
        table = self._table_without_position()
        if self.position is None:
            return table
        columns = self.position.as_columns()
        for number, (name, value) in enumerate(columns.items()):
            table.insert(number, name, value)
        return table

    def _table_without_position(self) -> pd.DataFrame:
        if self.measure is not None:
            table = self.measure()
        elif self.joined:
            table = self._measure_volumes()
        else:
            table = self._measure_planes()
        if self.tracking is None:
            return table
        from napari_nuclei.core.tracking.track_tables import add_track_columns

        return add_track_columns(table, self.tracking.nuclei, self.tracking.tracks)

    def with_table(self, table: pd.DataFrame) -> LabelledImage:
        """Return this image with a table that is measured already, and its classes."""
        classes = table if "class" in table else None
        return replace(self, measure=lambda: table, classes=classes)

    def _measure_planes(self) -> pd.DataFrame:
        from napari_nuclei.core.measure.nuclei import (
            INTENSITY,
            PlaneToMeasure,
            measure_planes,
        )

        def planes() -> Iterator[PlaneToMeasure]:
            foreground = self._planes_of(self.foreground)
            for (index, labels), probability in zip(
                self.planes.items(), foreground, strict=True
            ):
                images = {}
                if self.image is not None:
                    images[INTENSITY] = self.layout.read_plane(self.image, index)
                yield PlaneToMeasure(index, labels, images, probability, self.curve)

        return measure_planes(
            planes(), self.layout.stack_axes, pixel_size=self.pixel_size
        )

    def _measure_volumes(self) -> pd.DataFrame:
        from napari_nuclei.core.measure.volumes import measure_volumes

        return measure_volumes(
            self.labels,
            self.layout,
            self.image,
            foreground=self.foreground,
            curve=self.curve,
            pixel_size=self.pixel_size,
            z_spacing=self.z_spacing,
        )

    @property
    def planes(self) -> dict[PlaneIndex, NDArray[np.integer]]:
        """Labels of each plane, of shape (Y, X), by its index in the stack."""
        indices = self.layout.plane_indices()
        return dict(zip(indices, self.layout.label_planes(self.labels), strict=True))

    def _planes_of(self, values: NDArray[Any] | None) -> Iterator[NDArray[Any] | None]:
        if values is None:
            yield from (None for _ in self.layout.plane_indices())
        else:
            yield from self.layout.label_planes(values)
