"""Where a layer lies in the world, and where a part of it does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

if TYPE_CHECKING:
    import napari.layers

Floats = NDArray[np.float64]

LENGTH = "micrometer"


def layer_transform(
    layer: napari.layers.Layer,
    dropped_axis: int | None = None,
    *,
    start: ArrayLike = 0,
    step: ArrayLike = 1,
) -> dict[str, Any]:
    """Return where a part of a layer lies in the world, as arguments of another layer.

    Parameters
    ----------
    layer : napari.layers.Layer
    dropped_axis : int, optional
        An axis that the other layer lacks.
    start : float or sequence of float
        Where the first pixel of the other layer lies, in pixels of this layer; of the
        dropped axis the plane that is taken.
    step : float or sequence of float
        Size of a pixel of the other layer, in pixels of this one. Where it is not 1
        the first pixel covers this layer from `start` on, as napari draws it.

    Returns
    -------
    dict
        scale, translate, rotate, shear, affine, units and axis_labels.
    """
    kept = [axis for axis in range(layer.ndim) if axis != dropped_axis]
    step = np.broadcast_to(np.asarray(step, float), (layer.ndim,))
    # A pixel twice as large has its centre half a small pixel farther on.
    centre = np.broadcast_to(np.asarray(start, float), (layer.ndim,)) + (step - 1) / 2
    named = {
        "units": tuple(layer.units[axis] for axis in kept),
        "axis_labels": tuple(layer.axis_labels[axis] for axis in kept),
    }
    shear = shear_matrix(layer)
    rotate, affine = np.asarray(layer.rotate), layer.affine.affine_matrix
    if dropped_axis is not None and mixes(
        [rotate, shear, affine[:-1, :-1]], dropped_axis
    ):
        return named | affine_transform(layer, kept, centre, step)
    square = np.ix_(kept, kept)
    affine_kept = [*kept, layer.ndim]  # and the column of the translation
    moved = rotate @ shear @ (np.asarray(layer.scale) * centre)
    return named | {
        "scale": (np.asarray(layer.scale) * step)[kept],
        "translate": (np.asarray(layer.translate) + moved)[kept],
        "rotate": rotate[square],
        "shear": shear[square][np.triu_indices(len(kept), 1)],
        "affine": affine[np.ix_(affine_kept, affine_kept)],
    }


def mixes(matrices: list[Floats], axis: int) -> bool:
    """Tell whether one of the matrices mixes an axis with the others."""
    for matrix in matrices:
        alone = np.zeros_like(matrix)
        alone[axis, axis] = matrix[axis, axis]
        kept = np.delete(np.arange(len(matrix)), axis)
        alone[np.ix_(kept, kept)] = matrix[np.ix_(kept, kept)]
        if not np.allclose(matrix, alone, atol=1e-12):
            return True
    return False


def affine_transform(
    layer: napari.layers.Layer, kept: list[int], centre: Floats, step: Floats
) -> dict[str, Any]:
    """Return a transform in which the affine says everything."""
    matrix = np.eye(len(kept) + 1)
    matrix[:-1, :-1] = (pixel_to_world_matrix(layer) * step)[np.ix_(kept, kept)]
    matrix[:-1, -1] = np.asarray(layer.data_to_world(centre))[kept]
    return {
        "scale": np.ones(len(kept)),
        "translate": np.zeros(len(kept)),
        "rotate": np.eye(len(kept)),
        "shear": np.zeros(len(kept) * (len(kept) - 1) // 2),
        "affine": matrix,
    }


def pixel_to_world_matrix(layer: napari.layers.Layer) -> Floats:
    """Return the matrix that turns steps in pixels into steps in the world."""
    origin = np.asarray(layer.data_to_world(np.zeros(layer.ndim)))
    ends = [np.asarray(layer.data_to_world(unit)) for unit in np.eye(layer.ndim)]
    return np.stack([end - origin for end in ends], axis=1)


def shear_matrix(layer: napari.layers.Layer) -> Floats:
    """Return a layer's shear, which napari gives as its upper triangle, as a matrix."""
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
    """Return the size of a layer's pixels in micrometres, or None.

    It is the side of a square of the area of a pixel.

    Parameters
    ----------
    layer : napari.layers.Layer
    axes : tuple of int, optional
        The axes of a plane; the last two if None.
    step : float or sequence of float
        As of `layer_transform`.
    """
    y, x = axes or (layer.ndim - 2, layer.ndim - 1)
    if not all(layer.units[axis].is_compatible_with(LENGTH) for axis in (y, x)):
        return None
    # Axes such as time have no length; a pixel does not extend along them.
    lengths = np.array(
        [
            float((1 * unit).to(LENGTH).magnitude)
            if unit.is_compatible_with(LENGTH)
            else 0.0
            for unit in layer.units
        ]
    )
    matrix = pixel_to_world_matrix(layer) * np.asarray(step, float)
    sides = matrix[:, [y, x]] * lengths[:, np.newaxis]
    return float(np.linalg.det(sides.T @ sides) ** 0.25)
