"""Sizes, positions and shapes of nuclei in three dimensions."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.measure.columns import Columns, lengths_in_um
from napari_nuclei.core.measure.pixels import NucleusPixels

DIRECTIONS = tuple(
    step for step in itertools.product((-1, 0, 1), repeat=3) if step > (0, 0, 0)
)
"""Steps (z, y, x) from a voxel to 13 of its neighbours, one of each opposite pair."""


def measure_volume(
    labels: NDArray[np.integer], pixels: NucleusPixels, z_spacing: float
) -> Columns:
    """Measure the shape of every nucleus of a volume.

    Parameters
    ----------
    labels : ndarray of int, shape (Z, Y, X)
    pixels : NucleusPixels
        The voxels of `labels`.
    z_spacing : float
        Distance between slices, in sides of a pixel.

    Returns
    -------
    dict of str to ndarray
        The columns `VOLUME_SHAPE`. `volume` and positions are in voxels; `diameter`
        (of the ball of the same volume), `surface` and the lengths of the axes are in
        sides of a pixel in Y and X.
    """
    volume = pixels.counts.astype(np.float64)
    measured: Columns = {
        "volume": volume,
        "diameter": np.cbrt(volume * z_spacing * 6 / np.pi),
    }
    centred, boxes = [], {}
    for axis, index in zip("zyx", pixels.coordinates, strict=True):
        values = index.astype(np.float64)
        centre = pixels.total(values) / volume
        measured[f"centroid_{axis}"] = centre
        boxes[f"bbox_{axis}0"] = pixels.smallest(values).astype(np.int64)
        boxes[f"bbox_{axis}1"] = pixels.largest(values).astype(np.int64) + 1
        centred.append(values - np.repeat(centre, pixels.counts))
    centred[0] *= z_spacing
    measured |= dict(sorted(boxes.items(), key=lambda item: item[0][-1]))
    measured["extent_z"] = boxes["bbox_z1"] - boxes["bbox_z0"]
    surface = measure_surface(labels, pixels, z_spacing)
    measured["surface"] = surface
    ball = np.cbrt(np.pi) * (6 * volume * z_spacing) ** (2 / 3)
    measured["sphericity"] = np.minimum(ball / surface, 1)
    covariance = np.zeros((len(pixels), 3, 3))
    for i, j in itertools.combinations_with_replacement(range(3), 2):
        covariance[:, i, j] = pixels.total(centred[i] * centred[j]) / volume
        covariance[:, j, i] = covariance[:, i, j]
    spread = np.clip(np.linalg.eigvalsh(covariance), 0, None)
    measured["axis_major_length"] = 2 * np.sqrt(5 * spread[:, 2])
    measured["axis_minor_length"] = 2 * np.sqrt(5 * spread[:, 0])
    return measured


def measure_surface(
    labels: NDArray[np.integer], pixels: NucleusPixels, z_spacing: float
) -> NDArray[np.float64]:
    """Return the area of the surface of each nucleus, in squares of a pixel's side.

    Lines in 13 directions are cut by the surface; the area follows from the number of
    cuts (Crofton's formula; Lang and Ohser, "3D image analysis", 2009).

    Parameters
    ----------
    labels : ndarray of int, shape (Z, Y, X)
    pixels : NucleusPixels
        The voxels of `labels`.
    z_spacing : float
        Distance between slices, in sides of a pixel.
    """
    padded = np.pad(labels, 1)
    flat = padded.ravel()
    index = [values + 1 for values in pixels.coordinates]
    positions = np.ravel_multi_index(tuple(index), padded.shape)
    own = flat[positions]
    surface = np.zeros(len(pixels))
    strides = (padded.shape[1] * padded.shape[2], padded.shape[2], 1)
    for step, weight in zip(DIRECTIONS, direction_weights(z_spacing), strict=True):
        offset = int(np.dot(step, strides))
        length = np.linalg.norm(np.array(step) * (z_spacing, 1, 1))
        cut = (flat[positions + offset] != own).astype(np.int64)
        cut += flat[positions - offset] != own
        surface += pixels.total(cut) * (2 * weight * z_spacing / length)
    return surface


@lru_cache(maxsize=32)
def direction_weights(z_spacing: float) -> tuple[float, ...]:
    """Return the fraction of all directions that is nearest to each of `DIRECTIONS`.

    Examples
    --------
    >>> round(sum(direction_weights(2.5)), 9)
    1.0
    """
    from scipy.spatial import SphericalVoronoi

    steps = np.array(DIRECTIONS) * (z_spacing, 1.0, 1.0)
    units = steps / np.linalg.norm(steps, axis=1, keepdims=True)
    areas = SphericalVoronoi(np.concatenate([units, -units])).calculate_areas()
    weights = (areas[: len(units)] + areas[len(units) :]) / areas.sum()
    return tuple(weights.tolist())


def add_physical_volumes(
    columns: Columns, voxel_size: Sequence[float] | None
) -> Columns:
    """Return measurements in a volume with sizes in µm too, if a voxel size is given.

    Parameters
    ----------
    columns : dict of str to ndarray
    voxel_size : sequence of three float, optional
        Sides of a voxel along Z, Y and X, in µm.
    """
    if voxel_size is None:
        return columns
    z, y, x = voxel_size
    sizes = {
        "volume_um3": columns["volume"] * (z * y * x),
        "surface_um2": columns["surface"] * y * x,
        "extent_z_um": columns["extent_z"] * z,
    }
    return columns | sizes | lengths_in_um(columns, y)
