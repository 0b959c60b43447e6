"""Measure the diameter of a nucleus that a user has outlined or labelled."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.diameter import object_areas
from napari_nuclei.widgets.layers.transform import pixel_to_world_matrix

if TYPE_CHECKING:
    from collections.abc import Sequence

    import napari.layers

HELP = (
    "draw a line across a nucleus or an ellipse around it in a Shapes layer, or pick "
    "a label in a Labels layer. Leave that layer selected and press Measure again"
)


def measure_drawn_diameter(
    layer: napari.layers.Layer | None,
    image: napari.layers.Image,
    point: Sequence[float],
) -> float:
    """Return the diameter of a drawn shape or a label, in pixels of an image.

    Parameters
    ----------
    layer : napari.layers.Shapes or napari.layers.Labels
        In a Shapes layer, the selected shapes are measured, or else the last one. In a
        Labels layer, the selected label, or else all labels of the plane.
    image : napari.layers.Image
    point : sequence of float
        Position of the viewer's sliders, in world coordinates.

    Raises
    ------
    ValueError
        If there is no shape or label to measure.
    """
    kind = type(layer).__name__
    if layer is not None and kind == "Shapes" and layer.nshapes:
        selected = sorted(layer.selected_data) or [layer.nshapes - 1]
        diameters = [
            shape_diameter(image_points(layer, image, layer.data[number]), name)
            for number, name in ((n, layer.shape_type[n]) for n in selected)
        ]
        return float(np.median(diameters))
    if layer is not None and kind == "Labels":
        return label_diameter(layer, image, point)
    raise ValueError(f"Nothing to measure: {HELP}.")


def image_points(
    layer: napari.layers.Layer, image: napari.layers.Image, points: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return points of a layer as rows and columns of an image, shape (n, 2)."""
    extra = image.ndim - layer.ndim
    pixels = []
    for point in points:
        world = np.asarray(layer.data_to_world(point))
        world = np.concatenate([np.zeros(max(extra, 0)), world])[-image.ndim :]
        pixels.append(np.asarray(image.world_to_data(world))[-2:])
    return np.array(pixels)


def shape_diameter(points: NDArray[np.float64], kind: str) -> float:
    """Return the diameter of the disc with the area of a shape.

    Parameters
    ----------
    points : ndarray of float, shape (n, 2)
        Vertices of the shape; of an ellipse, the corners of its bounding box.
    kind : str
        Shape type of napari. For a line or path, the distance of its ends is returned.

    Examples
    --------
    >>> square = np.array([[0, 0], [0, 10], [10, 10], [10, 0]], float)
    >>> round(shape_diameter(square, "ellipse"), 6)
    10.0
    """
    if kind in ("line", "path"):
        return float(np.linalg.norm(points[-1] - points[0]))
    y, x = points[:, 0], points[:, 1]
    area = abs(float(np.dot(y, np.roll(x, 1)) - np.dot(x, np.roll(y, 1)))) / 2
    if kind == "ellipse":
        area *= np.pi / 4
    return float(np.sqrt(4 * area / np.pi))


def label_diameter(
    layer: napari.layers.Labels, image: napari.layers.Image, point: Sequence[float]
) -> float:
    """Return the diameter of the selected label, or the median of all in the plane."""
    position = np.asarray(layer.world_to_data(np.asarray(point)[-layer.ndim :]))
    data = layer.data[0] if layer.multiscale else layer.data
    stack = np.clip(np.round(position), 0, np.array(data.shape) - 1).astype(int)[:-2]
    plane = np.asarray(data[tuple(stack)])
    selected_area = (
        int((plane == layer.selected_label).sum()) if layer.selected_label else 0
    )
    areas = np.array([selected_area]) if selected_area else object_areas(plane)
    if not len(areas):
        raise ValueError(f"{layer.name} has no label in this plane: {HELP}.")
    pixel_areas = [
        np.sqrt(np.linalg.det(sides.T @ sides))
        for sides in (
            pixel_to_world_matrix(layer)[:, -2:],
            pixel_to_world_matrix(image)[:, -2:],
        )
    ]
    return float(
        np.median(np.sqrt(areas * (pixel_areas[0] / pixel_areas[1]) * 4 / np.pi))
    )
