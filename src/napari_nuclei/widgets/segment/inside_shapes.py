"""Describe the part of an image to segment: on the screen, or inside shapes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.measure.polygon_fill import fill_polygon
from napari_nuclei.widgets.layers.image_source import (
    INSIDE_SHAPES,
    ImageSource,
    PixelBounds,
    RegionChoice,
    make_image_source,
)
from napari_nuclei.widgets.layers.layer_axes import full_shape, plane_axes
from napari_nuclei.widgets.layers.shape_outlines import corners_in_world, plane_of
from napari_nuclei.widgets.layers.viewport import unwrap_layer, visible_box
from napari_nuclei.widgets.segment.blockwise import is_large

if TYPE_CHECKING:
    import napari.layers
    import napari.viewer

Floats = NDArray[np.float64]


def make_source(
    viewer: napari.viewer.Viewer,
    layer: napari.layers.Image,
    choice: RegionChoice,
    *,
    binning: int = 1,
) -> ImageSource:
    """Return the source for the chosen part of an image, without reading its pixels.

    Raises
    ------
    TypeError, ValueError
        If the image cannot be segmented, or no shape lies over it.
    """
    axes, point = plane_axes(layer, choice.channel_axis), viewer.dims.point
    if choice.scope != INSIDE_SHAPES:
        view = visible_box(viewer, layer, axes)
        return make_image_source(layer, point, choice, view, binning=binning)
    corners = corners_on_image(viewer, layer, axes)
    view = box_round(corners, layer, axes)
    source = make_image_source(layer, point, choice, view, binning=binning)
    if is_large(source):
        height, width = source.layout.plane_shape
        raise ValueError(
            f"The shapes span {height} x {width} pixels, too many for the memory; draw "
            "smaller ones, or segment the whole image"
        )
    return replace(source, region=region_mask(source, corners, layer, axes))


def corners_on_image(
    viewer: napari.viewer.Viewer,
    layer: napari.layers.Image,
    axes: tuple[int, int],
) -> list[Floats]:
    """Return the corners of the selected shapes, in pixels (y, x) of an image.

    The shapes are those of the active Shapes layer, else of the topmost one: the
    selected ones, or all if none is selected.
    """
    import napari.layers

    layers = [viewer.layers.selection.active, *reversed(viewer.layers)]
    found = [
        candidate
        for candidate in map(unwrap_layer, layers)
        if isinstance(candidate, napari.layers.Shapes)
    ]
    if not found:
        raise ValueError(
            "There are no shapes: add a Shapes layer, and draw round the nuclei to "
            "segment"
        )
    shapes = found[0]
    indices = sorted(shapes.selected_data) or None
    of_image = plane_of(layer, axes=axes)
    extra = layer.ndim - shapes.ndim  # leading axes that the shapes lack
    of_shapes = plane_of(shapes, axes=(axes[0] - extra, axes[1] - extra))
    world = corners_in_world(shapes, of_shapes, indices)
    height, width = (full_shape(layer)[axis] for axis in axes)
    corners = [of_image.from_world(points) for points in world.values()]
    corners = [
        points for points in corners if fill_polygon(points, (height, width))[1].any()
    ]
    if not corners:
        raise ValueError(
            f"No shape of {shapes.name} lies over {layer.name}; draw a polygon, a "
            "rectangle or an ellipse on it"
        )
    return corners


def box_round(
    corners: Sequence[Floats], layer: napari.layers.Image, axes: tuple[int, int]
) -> PixelBounds:
    """Return the pixels of an image that hold all corners, along each of its axes."""
    points = np.concatenate(corners)
    box = [(0, int(size)) for size in full_shape(layer)]
    for axis, values in zip(axes, points.T, strict=True):
        first, stop = np.floor(values.min()), np.ceil(values.max()) + 1
        box[axis] = int(max(first, 0)), int(min(stop, box[axis][1]))
    return tuple(box)


def region_mask(
    source: ImageSource,
    corners: Sequence[Floats],
    layer: napari.layers.Image,
    axes: tuple[int, int],
) -> NDArray[np.bool_]:
    """Return which pixels of a source lie inside shapes, shape (Y, X)."""
    data = layer.data[source.choice.level] if layer.multiscale else layer.data
    inside = np.zeros(source.layout.plane_shape, bool)
    full = full_shape(layer)
    step = np.array([full[axis] / data.shape[axis] for axis in axes])
    start = np.array([source.box[axis][0] for axis in axes])
    for points in corners:
        # A pixel of a lower level covers several of full resolution.
        window, filled = fill_polygon((points + 0.5) / step - 0.5 - start, inside.shape)
        inside[window] |= filled
    return inside
