"""Find the part of a layer that is on the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from napari_nuclei.widgets.layers.image_source import PixelBounds
from napari_nuclei.widgets.layers.layer_axes import full_shape
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
    # Before napari 0.9 the size is a private attribute of the viewer.
    height, width = viewer._canvas_size if canvas is None else canvas.size
    return float(height), float(width)


def unwrap_layer(layer: Any) -> Any:
    """Return the layer behind the proxy that napari passes to plugins.

    napari makes a new proxy each time, so proxies cannot be compared or stored.
    """
    return getattr(layer, "__wrapped__", layer)


def visible_box(
    viewer: napari.viewer.Viewer,
    layer: napari.layers.Image,
    plane_axes: tuple[int, int] | None = None,
) -> PixelBounds | None:
    """Return the pixels of a layer that are on the screen, along each of its axes.

    Parameters
    ----------
    viewer : napari.viewer.Viewer
    layer : napari.layers.Image
    plane_axes : tuple of int, optional
        Row axis and column axis of the layer; its last two axes by default.

    Returns
    -------
    tuple of (int, int), optional
        First pixel and last pixel plus one, at full resolution; both are equal if
        nothing is visible along the axis. None if the screen shows other axes than
        `plane_axes`.
    """
    extra_axes = viewer.dims.ndim - layer.ndim  # leading axes of other layers only
    displayed_axes = {axis - extra_axes for axis in viewer.dims.displayed}
    wanted_axes = plane_axes or (layer.ndim - 2, layer.ndim - 1)
    if len(viewer.dims.displayed) != 2 or displayed_axes != set(wanted_axes):
        return None
    half_size = np.array(canvas_size(viewer)) / camera_of(viewer).zoom / 2
    centre = np.asarray(camera_of(viewer).center)[-2:]
    corners = []
    for signs in ((-1, -1), (-1, 1), (1, -1), (1, 1)):
        world = np.array(viewer.dims.point, float)
        world[list(viewer.dims.displayed)] = centre + half_size * signs
        corners.append(layer.world_to_data(world[extra_axes:]))
    # Pixel 0 reaches from -0.5 to 0.5.
    first = np.floor(np.min(corners, axis=0) + 0.5).astype(int)
    stop = np.ceil(np.max(corners, axis=0) + 0.5).astype(int)
    return tuple(
        (int(np.clip(first[axis], 0, size)), int(np.clip(stop[axis], 0, size)))
        if axis in wanted_axes
        else (0, size)
        for axis, size in enumerate(full_shape(layer))
    )


def screen_pixels(
    viewer: napari.viewer.Viewer,
    layer: napari.layers.Image,
    plane_axes: tuple[int, int] | None = None,
) -> float:
    """Return the width of a layer's pixel on the screen, in screen pixels.

    See `visible_box` for the parameters. Pixels that are not square count as squares of
    the same area.
    """
    y, x = plane_axes or (layer.ndim - 2, layer.ndim - 1)
    sides = pixel_to_world_matrix(layer)[:, [y, x]]
    area = float(np.linalg.det(sides.T @ sides)) ** 0.5
    return float(np.sqrt(area) * camera_of(viewer).zoom)
