"""Surroundings of nuclei: rings, and nuclei grown to cells."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.config.keywords import suggests_keywords
from napari_nuclei.core.measure.check_labels import check_labels

MIN_BAND = 512
"""Smallest number of rows, or of slices, whose distances are computed at once."""

THREADS = 2
"""Number of bands that are processed at the same time."""


@suggests_keywords
def expand(
    labels: NDArray[np.integer],
    distance: float,
    *,
    spacing: float | Sequence[float] = 1.0,
    axes: str | None = None,
) -> NDArray[np.integer]:
    """Grow every nucleus by a distance, never over a neighbour.

    A pixel of the background becomes a part of the nearest nucleus, as in
    `skimage.segmentation.expand_labels`.

    Parameters
    ----------
    labels : ndarray of int, shape (Y, X), (Z, Y, X) or (..., Y, X)
        Labels of the nuclei; 0 is background.
    distance : float
        Largest distance from a nucleus, in the unit of `spacing`; by default pixels.
    spacing : float or sequence of float
        Side of a pixel, or its sides along Y and X, or Z, Y and X.
    axes : str, optional
        One letter for each axis of `labels`. Nuclei grow along Z too, if Z is among
        them; by default every plane of a stack is expanded on its own.

    Returns
    -------
    ndarray of the shape and type of `labels`
        Cells, with the numbers of their nuclei.

    Raises
    ------
    TypeError, ValueError
        If the labels are not labels, the distance is negative, or the spacing does not
        fit the axes.

    Examples
    --------
    >>> import numpy as np
    >>> expand(np.array([[1, 0, 0, 0, 0, 2]]), 1).tolist()
    [[1, 1, 0, 0, 2, 2]]
    """
    labels = np.asarray(labels)
    check_labels(labels)
    if not distance >= 0:
        raise ValueError(f"distance must be 0 or more; got {distance}")
    names = (axes or "Q" * (labels.ndim - 2) + "YX").upper()
    if len(names) != labels.ndim or not {"Y", "X"} <= set(names):
        raise ValueError(
            f"axes must name the {labels.ndim} axes of the labels, with Y and X; got "
            f"{axes!r}"
        )
    spatial = [axis for axis in "ZYX" if axis in names]
    stack = [axis for axis in range(labels.ndim) if names[axis] not in spatial]
    order = [*stack, *(names.index(axis) for axis in spatial)]
    expanded = labels.copy()
    sizes = np.broadcast_to(np.asarray(spacing, float), len(spatial)).tolist()
    for index in np.ndindex(*(labels.shape[axis] for axis in stack)):
        plane = expanded.transpose(order)[index]
        # All are found before the first one is changed.
        for positions, numbers, _ in list(find_surroundings(plane, distance, sizes)):
            plane[np.unravel_index(positions, plane.shape)] = numbers
    return expanded


def find_ring(
    labels: NDArray[np.integer],
    gap: float,
    width: float,
    spacing: Sequence[float] = (1.0, 1.0),
) -> tuple[NDArray[np.int64], NDArray[np.integer]]:
    """Find the ring around every nucleus: rings never overlap, nor cover a nucleus.

    Parameters
    ----------
    labels : ndarray of int, shape (Y, X) or (Z, Y, X)
    gap : float
        Distance between a nucleus and its ring, in the unit of `spacing`.
    width : float
        Width of the ring.
    spacing : sequence of float
        Sides of a pixel or voxel.

    Returns
    -------
    positions : ndarray of int64, shape (pixels,)
        Index of each pixel of a ring in the flattened labels, ascending.
    numbers : ndarray of int, shape (pixels,)
        The nucleus whose ring it is, the nearest one.
    """
    positions, numbers = [], []
    for where, nearest, distances in find_surroundings(labels, gap + width, spacing):
        positions.append(where[distances > gap])
        numbers.append(nearest[distances > gap])
    return np.concatenate(positions), np.concatenate(numbers)


def find_surroundings(
    labels: NDArray[np.integer], distance: float, spacing: Sequence[float]
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.integer], NDArray[np.float64]]]:
    """Yield the pixels of the background near a nucleus, band by band.

    Parameters
    ----------
    labels : ndarray of int, shape (Y, X) or (Z, Y, X)
        Must not be changed before the last band.
    distance : float
        Largest distance from a nucleus.
    spacing : sequence of float
        Sides of a pixel or voxel.

    Yields
    ------
    positions : ndarray of int64
        Index of each pixel in the flattened labels, ascending.
    numbers : ndarray of int
        The nearest nucleus.
    distances : ndarray of float64
        Distance from it, in the unit of `spacing`.
    """
    from scipy.ndimage import distance_transform_edt

    margin = int(np.ceil(distance / spacing[0])) + 1
    step = max(MIN_BAND, 4 * margin)
    size = int(np.prod(labels.shape[1:]))

    def near_nuclei(
        start: int,
    ) -> tuple[NDArray[np.int64], NDArray[np.integer], NDArray[np.float64]]:
        first = max(start - margin, 0)
        band = labels[first : start + step + margin]
        if not band.any():
            return np.zeros(0, np.int64), np.zeros(0, labels.dtype), np.zeros(0)
        distances, index = distance_transform_edt(
            band == 0, sampling=spacing, return_indices=True
        )
        inner = slice(start - first, start - first + step)
        distances = distances[inner].ravel()
        in_reach = np.flatnonzero((distances > 0) & (distances <= distance))
        nearest = band[tuple(values[inner].ravel()[in_reach] for values in index)]
        return in_reach + start * size, nearest, distances[in_reach]

    with ThreadPoolExecutor(THREADS) as threads:
        yield from threads.map(near_nuclei, range(0, labels.shape[0], step))
