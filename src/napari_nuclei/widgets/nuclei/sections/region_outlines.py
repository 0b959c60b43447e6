"""Regions of layers and files, in the pixels of a labels layer; without Qt."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.measure.polygon_fill import fill_polygon
from napari_nuclei.widgets.layers.layer_axes import full_shape
from napari_nuclei.widgets.layers.shape_outlines import (
    PlaneAxes,
    corners_in_world,
    plane_of,
)
from napari_nuclei.widgets.nuclei.live.matching_images import channel_axis_of_labels

if TYPE_CHECKING:
    import napari.layers

RegionArrays = Mapping[str, NDArray[Any]] | NDArray[np.integer]
"""As `count_regions` takes them."""

NAME_COLUMNS = ("name", "region", "class")
"""Columns of a layer's features that name its regions."""


def plane_of_labels(labels: napari.layers.Labels) -> PlaneAxes:
    """Return the plane of the rows and columns of labels."""
    return plane_of(labels, channel_axis_of_labels(labels))


def plane_shape(labels: napari.layers.Labels) -> tuple[int, int]:
    """Return the height and width of labels at full resolution."""
    y, x = plane_of_labels(labels).axes
    shape = full_shape(labels)
    return int(shape[y]), int(shape[x])


def outlines_of_shapes(
    shapes: napari.layers.Shapes, labels: napari.layers.Labels
) -> dict[str, NDArray[Any]]:
    """Return the regions of a Shapes layer that overlap the labels.

    Both layers are compared in world coordinates. Shapes of one name are one region.

    Returns
    -------
    dict of str to ndarray
        Corners (y, x) in pixels of the labels, of shape (N, 2); or a mask of bool and
        of the shape of a plane, for several shapes of one name.

    Raises
    ------
    ValueError
        If no shape has an area that overlaps the labels.
    """
    shape, to_labels = plane_shape(labels), plane_of_labels(labels)
    of_shapes = plane_of(
        shapes, channel_axis_of_labels(labels) if shapes.ndim == labels.ndim else None
    )
    names = names_of_shapes(shapes)
    regions: dict[str, NDArray[Any]] = {}
    for index, corners in corners_in_world(shapes, of_shapes).items():
        name, corners = names[index], to_labels.from_world(corners)
        if not fill_polygon(corners, shape)[1].any():
            continue
        if name in regions:
            regions[name] = mask_of(regions[name], shape) | mask_of(corners, shape)
        else:
            regions[name] = corners
    if not regions:
        raise ValueError(
            f"{shapes.name} holds no region over the labels; draw a polygon, a "
            "rectangle or an ellipse on them"
        )
    return regions


def names_of_shapes(shapes: napari.layers.Shapes) -> list[str]:
    """Return a name for each shape: of its features, else its number."""
    numbered = [f"region {number}" for number in range(1, len(shapes.data) + 1)]
    for column in NAME_COLUMNS:
        if column in shapes.features:
            values = shapes.features[column].fillna("").astype(str)
            return [
                text if text not in ("", "nan", "rest") else number
                for text, number in zip(values, numbered, strict=True)
            ]
    return numbered


def mask_of(region: NDArray[Any], shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Return the pixels of a region, which may be a mask already."""
    if region.dtype == bool:
        return region
    inside = np.zeros(shape, bool)
    window, filled = fill_polygon(region, shape)
    inside[window] = filled
    return inside


def regions_of_labels(
    regions: napari.layers.Labels, labels: napari.layers.Labels
) -> NDArray[np.integer]:
    """Return the labels of regions in the pixels of the nuclei's labels.

    Returns
    -------
    ndarray of int, shape (Y, X)

    Raises
    ------
    ValueError
        If the regions are a stack, or none lies over the labels.
    """
    data = np.asarray(regions.data[0] if regions.multiscale else regions.data)
    if data.ndim != 2:
        raise ValueError(
            f"{regions.name} has {data.ndim} axes; regions must be one plane (Y, X)"
        )
    of_regions, of_labels = plane_of(regions), plane_of_labels(labels)
    shape = plane_shape(labels)
    matrix = np.linalg.solve(of_regions.matrix, of_labels.matrix)
    offset = np.linalg.solve(of_regions.matrix, of_labels.origin - of_regions.origin)
    if data.shape == shape and np.allclose(matrix, np.eye(2)) and not offset.any():
        region_labels = data
    else:
        from scipy.ndimage import affine_transform

        region_labels = affine_transform(
            data, matrix, offset, shape, order=0, mode="grid-constant", cval=0
        )
    if not region_labels.any():
        raise ValueError(
            f"{regions.name} holds no region over the labels; choose another layer"
        )
    return np.asarray(region_labels)
