"""What of a layer is on the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from napari_nuclei.widgets.layers.axes import full_shape
from napari_nuclei.widgets.layers.image_source import PixelBounds
from napari_nuclei.widgets.layers.transform import pixel_to_world_matrix

if TYPE_CHECKING:
    import napari.layers
    import napari.viewer


def camera_of(viewer: napari.viewer.Viewer) -> Any:
    """Return the viewer's camera."""
    scene = getattr(viewer, "scene", None)
    return viewer.camera if scene is None else scene.camera  # napari before 0.9


def canvas_size(viewer: napari.viewer.Viewer) -> tuple[float, float]:
    """Return the height and width of the viewer's canvas, in screen pixels."""
    canvas = getattr(viewer, "canvas", None)
    # Before napari 0.9 it told the size of its canvas in no public place.
    height, width = viewer._canvas_size if canvas is None else canvas.size
    return float(height), float(width)


def unwrap_layer(layer: Any) -> Any:
    """Return a layer itself, of which napari gives plugins a new proxy each time."""
    return getattr(layer, "__wrapped__", layer)


def visible_box(
    viewer: napari.viewer.Viewer,
    layer: napari.layers.Image,
    plane_axes: tuple[int, int] | None = None,
) -> PixelBounds | None:
    """Return which pixels of a layer, along each of its axes, are on the screen.

    Parameters
    ----------
    viewer : napari.viewer.Viewer
    layer : napari.layers.Image
    plane_axes : tuple of int, optional
        The layer's axes of rows and columns; its last two if None.

    Returns
    -------
    tuple of (int, int), optional
        First pixel and last plus one, at full resolution; equal along an axis where
        nothing is in view. None where the screen does not show rows and columns.
    """
    ahead = viewer.dims.ndim - layer.ndim
    shown = [axis - ahead for axis in viewer.dims.displayed]
    wanted = plane_axes or (layer.ndim - 2, layer.ndim - 1)
    if len(shown) != 2 or set(shown) != set(wanted):
        return None
    half = np.array(canvas_size(viewer)) / camera_of(viewer).zoom / 2
    centre = np.asarray(camera_of(viewer).center)[-2:]
    corners = []
    for signs in ((-1, -1), (-1, 1), (1, -1), (1, 1)):
        world = np.array(viewer.dims.point, float)
        world[list(viewer.dims.displayed)] = centre + half * signs
        corners.append(layer.world_to_data(world[ahead:]))
    # Where pixels are, not their centres: pixel 0 reaches from -0.5 to 0.5.
    low = np.floor(np.min(corners, axis=0) + 0.5).astype(int)
    high = np.ceil(np.max(corners, axis=0) + 0.5).astype(int)
    return tuple(
        (int(np.clip(low[axis], 0, size)), int(np.clip(high[axis], 0, size)))
        if axis in wanted
        else (0, size)
        for axis, size in enumerate(full_shape(layer))
    )


def screen_pixels(
    viewer: napari.viewer.Viewer,
    layer: napari.layers.Image,
    plane_axes: tuple[int, int] | None = None,
) -> float:
    """Return how many screen pixels a pixel of a layer is wide."""
    y, x = plane_axes or (layer.ndim - 2, layer.ndim - 1)
    sides = pixel_to_world_matrix(layer)[:, [y, x]]
    area = float(np.linalg.det(sides.T @ sides)) ** 0.5
    return float(np.sqrt(area) * camera_of(viewer).zoom)
