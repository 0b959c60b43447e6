"""Measure every nucleus of an image: one row per nucleus."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.config.keywords import suggests_keywords
from napari_nuclei.config.warn_user import warn_user
from napari_nuclei.core.axes import PlaneIndex
from napari_nuclei.core.confidence import ConfidenceCurve
from napari_nuclei.core.errors import ImageWarning
from napari_nuclei.core.instances.other_content import SWAPPED, are_swapped
from napari_nuclei.core.measure.check_labels import as_labels, check_labels
from napari_nuclei.core.measure.columns import (
    Columns,
    add_physical_sizes,
    add_plane_index,
    join_columns,
    to_dataframe,
)
from napari_nuclei.core.measure.lengths import ring_in_pixels
from napari_nuclei.core.measure.measure_blocks import measure_in_blocks
from napari_nuclei.core.measure.region import WhatToMeasure, measure_region
from napari_nuclei.core.measure.stack import LabelledStack
from napari_nuclei.core.measure.stains import check_stains
from napari_nuclei.core.measure.subtracted_background import Background, Backgrounds
from napari_nuclei.core.measure.volume import add_physical_volumes
from napari_nuclei.core.measure.voxels import VoxelSize, voxel_sides

if TYPE_CHECKING:
    import pandas as pd

INTENSITY = "intensity"
"""Name of an image that the caller did not name."""


@dataclass(frozen=True, slots=True)
class PlaneToMeasure:
    """One plane of labels, and the images to measure in it.

    Attributes
    ----------
    index : tuple of int
        Index of the plane along each axis of the stack; empty for a single plane.
    labels : ndarray of int, shape (Y, X)
    images : dict of str to ndarray of shape (Y, X) or (Y, X, S)
        Images by name. The colours of an image are averaged, alpha is left out.
    foreground : ndarray of float32, shape (Y, X), optional
        Foreground probability.
    curve : ConfidenceCurve, optional
        Turns the mean foreground probability of a nucleus into its confidence.
    """

    index: PlaneIndex
    labels: NDArray[np.integer]
    images: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    foreground: NDArray[np.float32] | None = None
    curve: ConfidenceCurve | None = None


@suggests_keywords
def measure(
    labels: NDArray[np.integer],
    images: NDArray[Any] | Mapping[str, NDArray[Any]] | None = None,
    *,
    foreground: NDArray[np.float32] | None = None,
    curve: ConfidenceCurve | None = None,
    pixel_size: VoxelSize | None = None,
    ring: tuple[float | str, float | str] | None = None,
    background: Background | Mapping[str, Background] | None = None,
    stains: Sequence[str] = (),
    properties: Sequence[str] | None = None,
    axes: str | None = None,
    joined: bool | None = None,
    check: Callable[[], object] = lambda: None,
) -> pd.DataFrame:
    """Measure every nucleus.

    Shapes are those of `skimage.measure.regionprops_table`, under its names where it
    has one.

    Parameters
    ----------
    labels : array of int, shape (Y, X) or (..., Y, X)
        Labels of the nuclei; 0 is background. Dask and zarr arrays are read block by
        block.
    images : array, or dict of str to array, optional
        Image in which intensities are measured, or several images by name. Each has
        the shape of `labels`, or that shape and a last axis of colours, which are
        averaged.
    foreground : array of float32, optional
        Foreground probability, of the shape of `labels`.
    curve : ConfidenceCurve, optional
        ``Segmentation.curve``, which calibrates the confidence.
    pixel_size : float, or sequence of float, optional
        Side of a pixel in µm, or the sides along Y and X, or Z, Y and X.
    ring : tuple of two float or str, optional
        Gap and width of a ring around each nucleus, in pixels or as "1um". The rings of
        neighbours never overlap.
    background : float, ndarray of bool, or dict of str to these, optional
        What is subtracted from intensities (not from optical densities): a percentile
        (0 to 100) of the pixels outside nuclei, or the median of a region without
        nuclei; for every image, or by its name.
    stains : sequence of str
        Stains whose optical density is measured in images with colours: some of
        "haematoxylin", "eosin" and "dab".
    properties : sequence of str, optional
        Columns to return, or statistics ("mean") for those of all images; default all.
    axes : str, optional
        One letter for each axis of `labels`, such as TYX or TZYX.
    joined : bool, optional
        Whether nuclei extend over the slices along Z: one row per nucleus with its
        volume. By default they do if `axes` have Z and most labels that occur in two
        neighbouring slices overlap there.
    check : callable, optional
        Called from time to time; raise an exception in it to stop.

    Returns
    -------
    DataFrame
        One row per nucleus. The index is `label`. The columns are

        - one for each axis of a stack, named by its letter: `t`, `z`, ... (`plane` if
          `axes` is not given): index of the plane
        - `area` (px), `diameter` (px, of the disc of the same area), `centroid_y`,
          `centroid_x`, `bbox_y0`, `bbox_x0` (first row and column), `bbox_y1`,
          `bbox_x1` (one after the last), `perimeter`, `circularity` (4π area /
          perimeter², at most 1), `axis_major_length`, `axis_minor_length`,
          `orientation` (radians), `eccentricity`, `solidity`
        - of joined nuclei in place of these: `volume` (voxels), `diameter` (of the
          ball), `centroid_*`, `bbox_*`, `extent_z` (slices), `surface`, `sphericity`,
          `axis_major_length`, `axis_minor_length`; lengths in pixels of Y and X
        - `<name>_mean`, `_sum`, `_std`, `_min`, `_max`, `_median` of each image, or
          `intensity_*` of one without a name; with `stains` also `<name>_dab_*`
        - with `ring` the same as `<name>_ring_*`, and `<name>_ring_ratio`: the mean of
          the nucleus over that of its ring; NaN where a ring has no room
        - `<name>_nan`, number of pixels without a value, if there are any
        - `confidence`, with `foreground`: its mean, or what `curve` makes of it
        - `touches_border` (bool)
        - with `pixel_size` sizes in µm: `area_um2`, `diameter_um`, `perimeter_um`, ...,
          `volume_um3`, `surface_um2`, `extent_z_um`

    Raises
    ------
    TypeError
        If `labels` are not integers.
    ValueError
        If a label is negative; an image or the foreground does not have the shape of
        `labels`; `axes`, `pixel_size`, `ring`, `background`, `stains` or `properties`
        do not fit; or there would be more than 100 columns.

    Warns
    -----
    ImageWarning
        If the labels look like an image, and the image like labels.

    Examples
    --------
    >>> import numpy as np
    >>> labels = np.zeros((8, 8), int)
    >>> labels[1:4, 1:5] = 1
    >>> table = measure(labels, pixel_size=0.5)
    >>> table.loc[1, ["area", "area_um2", "centroid_x"]].tolist()
    [12.0, 3.0, 2.5]
    """
    columns = measure_columns(
        labels,
        images,
        foreground=foreground,
        pixel_size=pixel_size,
        ring=ring,
        background=background,
        stains=stains,
        axes=axes,
        joined=joined,
        check=check,
    )
    if are_swapped(labels, images):
        warn_user(SWAPPED, ImageWarning)
    if curve is not None and "confidence" in columns:
        columns["confidence"] = curve.confidence(columns["confidence"])
    return to_dataframe(columns, properties)


def measure_columns(
    labels: Any,
    images: Any = None,
    *,
    foreground: Any = None,
    pixel_size: VoxelSize | None = None,
    ring: tuple[float | str, float | str] | None = None,
    background: Background | Mapping[str, Background] | None = None,
    stains: Sequence[str] = (),
    axes: str | None = None,
    joined: bool | None = None,
    check: Callable[[], object] = lambda: None,
) -> Columns:
    """Measure every nucleus; return any number of columns, with the column `label`.

    Parameters and errors are as for `measure`.
    """
    if not hasattr(labels, "dtype"):
        labels = as_labels(labels)
    if isinstance(labels, np.ndarray):
        check_labels(labels)
    if images is None:
        images = {}
    elif not isinstance(images, Mapping):
        images = {INTENSITY: images}
    stains = (stains,) if isinstance(stains, str) else tuple(stains)
    check_stains(stains)
    stack = LabelledStack.of_arrays(labels, images, foreground, axes, joined)
    sides = voxel_sides(pixel_size, stack.spatial_axes)
    ring_pixels = None
    if ring is not None:
        ring_pixels = ring_in_pixels(ring, None if sides is None else sides[-1])
    settings = WhatToMeasure(
        z_spacing=sides[0] / sides[-1] if sides and len(sides) > 2 else 1.0,
        ring=ring_pixels,
        stains=stains,
    )
    backgrounds = Backgrounds(stack, background)
    measured = []
    for index in stack.indices():
        of_region = replace(settings, backgrounds=backgrounds.of_region(index))
        columns = measure_in_blocks(stack.region(index), of_region, check)
        measured.append(add_plane_index(columns, stack.stack_axes, index))
    joined_columns = join_columns(measured) if measured else {}
    if len(stack.spatial_axes) > 2:
        return add_physical_volumes(joined_columns, sides)
    side = None if sides is None else sides[-1]
    return add_physical_sizes(joined_columns, side)


def measure_planes(
    planes: Iterable[PlaneToMeasure],
    stack_axes: Sequence[str],
    *,
    pixel_size: float | None = None,
    check: Callable[[], object] = lambda: None,
) -> pd.DataFrame:
    """Measure the nuclei of planes that are read one after another.

    Parameters
    ----------
    planes : iterable of PlaneToMeasure
        At least one; all have images of the same names.
    stack_axes : sequence of str
        Names of the axes of the stack, one for each number in a plane's index.
    pixel_size, check
        As for `measure`.

    Returns
    -------
    DataFrame
        As from `measure`.
    """
    measured = []
    for plane in planes:
        columns = measure_plane(
            plane.labels, plane.images, plane.foreground, plane.curve, check=check
        )
        measured.append(add_plane_index(columns, stack_axes, plane.index))
    return to_dataframe(add_physical_sizes(join_columns(measured), pixel_size))


def measure_plane(
    labels: NDArray[np.integer],
    images: Mapping[str, NDArray[Any]],
    foreground: NDArray[np.float32] | None,
    curve: ConfidenceCurve | None = None,
    *,
    check: Callable[[], object] = lambda: None,
) -> Columns:
    """Measure the nuclei of one plane; the columns are those of `measure`.

    There is no number of missing values, so that all planes have the same columns.
    """
    columns = measure_region(labels, images, foreground, check=check)
    if curve is not None and foreground is not None:
        columns["confidence"] = curve.confidence(columns["confidence"])
    return {name: col for name, col in columns.items() if not name.endswith("_nan")}
