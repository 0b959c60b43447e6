"""Move a viewer's camera to a nucleus; without Qt."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.widgets.layers.transform import pixel_to_world_matrix
from napari_nuclei.widgets.layers.viewport import camera_of, canvas_size
from napari_nuclei.widgets.nuclei.live.matching_images import channel_axis_of_labels

if TYPE_CHECKING:
    import napari.layers
    import napari.viewer

MIN_SCREEN_PIXELS = 8
"""Smallest visible nucleus; if it is smaller, the camera zooms in."""

CANVAS_FRACTION = 0.2
"""Part of the canvas that a nucleus fills after the zoom was changed."""


def show_nucleus(
    viewer: napari.viewer.Viewer,
    layer: napari.layers.Labels,
    centre: NDArray[np.float64],
    diameter: float,
    *,
    min_canvas_fraction: float = 0.0,
    canvas_fraction: float = CANVAS_FRACTION,
) -> None:
    """Centre the view on a nucleus; the zoom changes only if it would not be seen.

    Parameters
    ----------
    viewer : napari.viewer.Viewer
    layer : napari.layers.Labels
    centre : ndarray of float
        Pixel along each axis of the labels, without an axis of channels.
    diameter : float
        Length of the nucleus, in pixels.
    min_canvas_fraction : float
        Part of the canvas below which a nucleus is too small too.
    canvas_fraction : float
        Part of the canvas that the nucleus fills after the zoom was changed.
    """
    point = list(centre)
    dropped = channel_axis_of_labels(layer)
    if dropped is not None:
        point.insert(dropped, 0.0)
    world = np.asarray(layer.data_to_world(point))
    extra = viewer.dims.ndim - layer.ndim  # leading axes of other layers only
    displayed = list(viewer.dims.displayed)
    for axis in range(extra, viewer.dims.ndim):
        if axis not in displayed:
            viewer.dims.set_point(axis, float(world[axis - extra]))
    camera = camera_of(viewer)
    shown = [axis - extra for axis in displayed if axis >= extra]
    target = np.array(camera.center, float)
    target[-len(shown) :] = world[shown]
    camera.center = tuple(target)
    side = np.linalg.norm(pixel_to_world_matrix(layer)[:, shown[-1]])
    on_screen = diameter * float(side) * camera.zoom
    canvas = min(canvas_size(viewer))
    smallest = max(MIN_SCREEN_PIXELS, min_canvas_fraction * canvas)
    if on_screen and canvas and not smallest <= on_screen <= canvas:
        camera.zoom *= canvas_fraction * canvas / on_screen
