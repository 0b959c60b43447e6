"""Outlines of shapes in world coordinates; without Qt."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.widgets.layers.transform import pixel_to_world_matrix

if TYPE_CHECKING:
    import napari.layers

Floats = NDArray[np.float64]

AREA_TYPES = ("rectangle", "ellipse", "polygon")
"""Types of shapes that have an area; lines and paths have none."""

ELLIPSE_CORNERS = 120


@dataclass(frozen=True, slots=True)
class PlaneAxes:
    """Where the rows and columns of a layer lie in the world.

    Attributes
    ----------
    axes : tuple of int
        Row axis and column axis.
    matrix : ndarray of float, shape (2, 2)
    origin : ndarray of float, shape (2,)
    """

    axes: tuple[int, int]
    matrix: Floats
    origin: Floats

    def to_world(self, points: Floats) -> Floats:
        """Return pixels (y, x), shape (N, 2), as positions in the world."""
        positions: Floats = points @ self.matrix.T + self.origin
        return positions

    def from_world(self, points: Floats) -> Floats:
        """Return positions in the world, shape (N, 2), as pixels (y, x)."""
        pixels = np.linalg.solve(self.matrix, (points - self.origin).T).T
        return np.asarray(pixels, float)


def plane_of(
    layer: napari.layers.Layer,
    dropped: int | None = None,
    *,
    axes: Sequence[int] | None = None,
) -> PlaneAxes:
    """Return the plane of the rows and columns of a layer.

    Parameters
    ----------
    layer : napari.layers.Layer
    dropped : int, optional
        Axis that is neither; the last two of the others are rows and columns.
    axes : sequence of int, optional
        Row axis and column axis.
    """
    remaining = [axis for axis in range(layer.ndim) if axis != dropped]
    axes = list(axes or remaining[-2:])
    origin = np.asarray(layer.data_to_world(np.zeros(layer.ndim)))[axes]
    return PlaneAxes(
        (axes[0], axes[1]), pixel_to_world_matrix(layer)[np.ix_(axes, axes)], origin
    )


def corners_in_world(
    shapes: napari.layers.Shapes,
    plane: PlaneAxes,
    indices: Iterable[int] | None = None,
) -> dict[int, Floats]:
    """Return the corners (y, x) of shapes that have an area, in the world.

    Parameters
    ----------
    shapes : napari.layers.Shapes
    plane : PlaneAxes
        As `plane_of` returns it for the layer.
    indices : iterable of int, optional
        Some of the shapes; all by default.

    Returns
    -------
    dict of int to ndarray of float, shape (N, 2)
        By the index of the shape.
    """
    corners_of_shape = {}
    for index in range(len(shapes.data)) if indices is None else sorted(indices):
        kind = shapes.shape_type[index]
        if kind in AREA_TYPES:
            corners = np.asarray(shapes.data[index], float)[:, list(plane.axes)]
            if kind == "ellipse":
                corners = ellipse_corners(corners)
            corners_of_shape[index] = plane.to_world(corners)
    return corners_of_shape


def ellipse_corners(box: Floats) -> Floats:
    """Return corners on the ellipse in a box of four corners, shape (4, 2)."""
    centre = box.mean(axis=0)
    across, down = (box[1] - box[0]) / 2, (box[3] - box[0]) / 2
    angle = np.linspace(0, 2 * np.pi, ELLIPSE_CORNERS, endpoint=False)[:, np.newaxis]
    return np.asarray(centre + np.cos(angle) * across + np.sin(angle) * down)
