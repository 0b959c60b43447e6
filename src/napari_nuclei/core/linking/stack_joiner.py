"""Join the outlines of all volumes of a stack, whose planes are added in turn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.axes import PlaneIndex, PlaneLayout
from napari_nuclei.core.diameter import median_of_areas
from napari_nuclei.core.instances.filters import DroppedCounts
from napari_nuclei.core.linking.contrast import SliceBackground, measure_background
from napari_nuclei.core.linking.linking_settings import LinkSettings, NucleusLimits
from napari_nuclei.core.linking.slice_linker import (
    NO_LIMITS,
    SliceLinker,
    SliceTable,
)
from napari_nuclei.core.linking.slice_outlines import number_pixels

ONE_SLICE = (
    "The image has one slice only, so there is nothing to join. Do not join slices"
)

Z = "Z"
"""The axis along which slices are joined."""


@dataclass(frozen=True, slots=True)
class JoinedStack:
    """The nuclei of all volumes of a stack.

    Attributes
    ----------
    tables : dict of tuple of int to SliceTable
        By plane index. Numbers are unique over all volumes.
    areas : ndarray of int64, shape (nuclei,)
        Largest area of an outline of each nucleus, in pixels.
    dropped : DroppedCounts
        Nuclei that were left out.
    backgrounds : dict of tuple of int to SliceBackground
        By plane index; empty without an image.
    """

    tables: dict[PlaneIndex, SliceTable]
    areas: NDArray[np.int64]
    dropped: DroppedCounts
    backgrounds: dict[PlaneIndex, SliceBackground]

    def join_plane(
        self,
        plane_index: PlaneIndex,
        labels: NDArray[np.integer],
        pixels: NDArray[Any] | None = None,
    ) -> NDArray[np.int32]:
        """Return the labels of one plane with the numbers of the nuclei in 3-D.

        Parameters
        ----------
        plane_index : tuple of int
        labels : ndarray of int, shape (Y, X)
            The labels that were added.
        pixels : ndarray of shape (Y, X) or (Y, X, S), optional
            The pixels that were added.
        """
        background = self.backgrounds.get(plane_index)
        contrast = None
        if background is not None and pixels is not None:
            contrast = background.contrast(pixels)
        table = self.tables[plane_index]
        return table.numbers_of(labels, contrast).astype(np.int32)

    def join_stack(
        self, labels: NDArray[np.int32], image: Any, layout: PlaneLayout
    ) -> None:
        """Replace the labels of all planes that were added, which are read again.

        Parameters
        ----------
        labels : ndarray of int32, shape `layout.label_shape`
        image : array-like
            numpy, dask, zarr or similar; the image that was added.
        layout : PlaneLayout
        """
        planes = zip(layout.plane_indices(), layout.label_planes(labels), strict=True)
        for index, plane in planes:
            if index in self.tables:
                pixels = layout.read_plane(image, index)
                plane[...] = self.join_plane(index, plane, pixels)


class StackJoiner:
    """Join the outlines of the slices of a stack to nuclei.

    Two planes of each volume are in memory, and a few numbers for each outline.

    Parameters
    ----------
    layout : PlaneLayout
        With an axis Z of two slices or more.
    settings : LinkSettings
    limits : NucleusLimits, optional

    Raises
    ------
    ValueError
        If there are no slices to join.
    """

    def __init__(
        self,
        layout: PlaneLayout,
        settings: LinkSettings,
        limits: NucleusLimits = NO_LIMITS,
    ) -> None:
        check_slices(layout)
        self._z = layout.stack_axes.index(Z)
        self._settings, self._limits = settings, limits
        self._volumes: dict[PlaneIndex, SliceLinker] = {}
        self._indices: dict[PlaneIndex, list[PlaneIndex]] = {}
        self._backgrounds: dict[PlaneIndex, SliceBackground] = {}

    def add(
        self,
        plane_index: PlaneIndex,
        labels: NDArray[np.integer],
        pixels: NDArray[Any] | None = None,
    ) -> None:
        """Add a plane; the slices of a volume in their order.

        Parameters
        ----------
        plane_index : tuple of int
        labels : ndarray of int, shape (Y, X)
            Any numbers; they mean nothing outside the plane.
        pixels : ndarray of shape (Y, X) or (Y, X, S), optional
            The plane of the image. With it, light out of focus is cut off.
        """
        volume = (*plane_index[: self._z], *plane_index[self._z + 1 :])
        if volume not in self._volumes:
            self._volumes[volume] = SliceLinker(self._settings, self._limits)
            self._indices[volume] = []
        contrast = None
        if pixels is not None:
            background = background_of(pixels, labels)
            contrast = background.contrast(pixels)
            self._backgrounds[plane_index] = background
        self._volumes[volume].add(labels, contrast)
        self._indices[volume].append(plane_index)

    def finish(self) -> JoinedStack:
        """Return the nuclei of the planes that were added."""
        tables: dict[PlaneIndex, SliceTable] = {}
        areas, dropped, count = [np.zeros(0, np.int64)], DroppedCounts(), 0
        for volume, linker in self._volumes.items():
            linked = linker.finish()
            for index, table in zip(self._indices[volume], linked.tables, strict=True):
                new = np.where(table.new > 0, table.new + count, 0)
                tables[index] = SliceTable(table.old, new, table.floor)
            areas.append(linked.areas)
            dropped += linked.dropped
            count += len(linked.areas)
        return JoinedStack(tables, np.concatenate(areas), dropped, self._backgrounds)


def check_slices(layout: PlaneLayout) -> None:
    """Raise ValueError if there are no slices to join.

    Examples
    --------
    >>> from napari_nuclei.core.axes import make_layout
    >>> check_slices(make_layout((5, 64, 64), "ZYX"))
    """
    if Z not in layout.stack_axes:
        if not layout.stack_axes:
            raise ValueError(ONE_SLICE)
        raise ValueError(
            f"Slices are joined along an axis Z; the axes are {layout.axes}. Name the "
            "axes with --axes (axes=), such as ZYX, or do not join slices"
        )
    if layout.size(Z) < 2:
        raise ValueError(ONE_SLICE)


def background_of(pixels: NDArray[Any], labels: NDArray[np.integer]) -> SliceBackground:
    """Measure the background of a slice, in cells whose size fits its nuclei.

    Parameters
    ----------
    pixels : ndarray of shape (Y, X) or (Y, X, S)
    labels : ndarray of int, shape (Y, X)
    """
    _, number = number_pixels(labels[labels > 0])
    diameter = median_of_areas(np.bincount(number))
    return measure_background(pixels, labels, float(np.nan_to_num(diameter)))
