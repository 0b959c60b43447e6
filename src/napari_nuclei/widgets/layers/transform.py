"""Compute the transform of a layer, or of a part of it, in world coordinates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

if TYPE_CHECKING:
    import napari.layers

Floats = NDArray[np.float64]

LENGTH_UNIT = "micrometer"
"""Name of the unit of lengths, as pint spells it."""


def layer_transform(
    layer: napari.layers.Layer,
    dropped_axis: int | None = None,
    *,
    start: ArrayLike = 0,
    step: ArrayLike = 1,
) -> dict[str, Any]:
    """Return the keyword arguments that place another layer on a part of this one.

    Parameters
    ----------
    layer : napari.layers.Layer
    dropped_axis : int, optional
        Axis that the other layer lacks.
    start : float or sequence of float
        First pixel of the part, in pixels of this layer; along the dropped axis the
        index of the plane.
    step : float or sequence of float
        Size of the other layer's pixels, in pixels of this layer. A pixel of size 2
        covers two pixels from `start` on, as napari draws it.

    Returns
    -------
    dict
        scale, translate, rotate, shear, affine, units and axis_labels.
    """
    axes = [axis for axis in range(layer.ndim) if axis != dropped_axis]
    step = np.broadcast_to(np.asarray(step, float), (layer.ndim,))
    # The centre of a pixel of size 2 is half a pixel of this layer after `start`.
    centre = np.broadcast_to(np.asarray(start, float), (layer.ndim,)) + (step - 1) / 2
    names = {
        "units": tuple(layer.units[axis] for axis in axes),
        "axis_labels": tuple(layer.axis_labels[axis] for axis in axes),
    }
    shear = shear_matrix(layer)
    rotate, affine = np.asarray(layer.rotate), layer.affine.affine_matrix
    if dropped_axis is not None and any(
        mixes_axis(matrix, dropped_axis) for matrix in (rotate, shear, affine[:-1, :-1])
    ):
        return names | affine_transform(layer, axes, centre, step)
    submatrix = np.ix_(axes, axes)
    affine_axes = [*axes, layer.ndim]  # with the column of the translation
    offset = rotate @ shear @ (np.asarray(layer.scale) * centre)
    return names | {
        "scale": (np.asarray(layer.scale) * step)[axes],
        "translate": (np.asarray(layer.translate) + offset)[axes],
        "rotate": rotate[submatrix],
        "shear": shear[submatrix][np.triu_indices(len(axes), 1)],
        "affine": affine[np.ix_(affine_axes, affine_axes)],
    }


def mixes_axis(matrix: Floats, axis: int) -> bool:
    """Return whether a square matrix mixes an axis with the others."""
    others = np.delete(np.arange(len(matrix)), axis)
    mixed = np.concatenate([matrix[axis, others], matrix[others, axis]])
    return not np.allclose(mixed, 0, atol=1e-12)


def affine_transform(
    layer: napari.layers.Layer, axes: list[int], centre: Floats, step: Floats
) -> dict[str, Any]:
    """Return the transform of a part of a layer as one affine matrix.

    Parameters
    ----------
    layer : napari.layers.Layer
    axes : list of int
        Axes of this layer that the other layer has.
    centre, step : ndarray of float
        Centre of the first pixel and size of the pixels, in pixels of this layer.
    """
    ndim = len(axes)
    matrix = np.eye(ndim + 1)
    matrix[:-1, :-1] = (pixel_to_world_matrix(layer) * step)[np.ix_(axes, axes)]
    matrix[:-1, -1] = np.asarray(layer.data_to_world(centre))[axes]
    return {
        "scale": np.ones(ndim),
        "translate": np.zeros(ndim),
        "rotate": np.eye(ndim),
        "shear": np.zeros(ndim * (ndim - 1) // 2),
        "affine": matrix,
    }


def pixel_to_world_matrix(layer: napari.layers.Layer) -> Floats:
    """Return the matrix that converts steps in pixels to steps in the world."""
    origin = np.asarray(layer.data_to_world(np.zeros(layer.ndim)))
    ends = [np.asarray(layer.data_to_world(unit)) for unit in np.eye(layer.ndim)]
    return np.stack([end - origin for end in ends], axis=1)


def shear_matrix(layer: napari.layers.Layer) -> Floats:
    """Return a layer's shear as a matrix; napari may store its upper triangle only."""
    if np.ndim(layer.shear) == 2:
        return np.asarray(layer.shear, float)
    matrix = np.eye(layer.ndim)
    matrix[np.triu_indices(layer.ndim, 1)] = layer.shear
    return matrix


def layer_pixel_size(
    layer: napari.layers.Layer,
    axes: tuple[int, int] | None = None,
    *,
    step: ArrayLike = 1,
) -> float | None:
    """Return the size of a layer's pixels, in µm.

    Pixels that are not square count as squares of the same area.

    Parameters
    ----------
    layer : napari.layers.Layer
    axes : tuple of int, optional
        Row axis and column axis; the last two axes by default.
    step : float or sequence of float
        As for `layer_transform`.

    Returns
    -------
    float, optional
        None if the units of the two axes are not lengths.
    """
    y, x = axes or (layer.ndim - 2, layer.ndim - 1)
    if not all(layer.units[axis].is_compatible_with(LENGTH_UNIT) for axis in (y, x)):
        return None
    # A pixel has no extent along axes such as time.
    micrometres_per_unit = np.array(
        [
            float((1 * unit).to(LENGTH_UNIT).magnitude)
            if unit.is_compatible_with(LENGTH_UNIT)
            else 0.0
            for unit in layer.units
        ]
    )
    matrix = pixel_to_world_matrix(layer) * np.asarray(step, float)
    sides = matrix[:, [y, x]] * micrometres_per_unit[:, np.newaxis]
    return float(np.linalg.det(sides.T @ sides) ** 0.25)


def axis_spacing(layer: napari.layers.Layer, axis: int) -> float | None:
    """Return the distance between neighbouring pixels along an axis, in µm.

    Parameters
    ----------
    layer : napari.layers.Layer
    axis : int

    Returns
    -------
    float, optional
        None if the unit of the axis is not a length.
    """
    if not layer.units[axis].is_compatible_with(LENGTH_UNIT):
        return None
    step = pixel_to_world_matrix(layer)[:, axis]
    return float(np.linalg.norm(step) * (1 * layer.units[axis]).to(LENGTH_UNIT).m)
