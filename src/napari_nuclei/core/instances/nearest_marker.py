"""Find the nearest marker of many pixels at once."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.instances.sparse_labels import SparseLabels

SEARCH_ROWS = 32
"""Rows above and below a row band that are searched first."""


def nearest_marker(
    markers: SparseLabels,
    indices: NDArray[np.intp],
    rows: slice,
    *,
    search_rows: int = SEARCH_ROWS,
) -> NDArray[np.int32]:
    """Return the label of the nearest marker of each pixel in a row band.

    The search covers `search_rows` more rows above and below the band. It is repeated
    with four times as many if a marker may be farther away, so that the result does not
    depend on `search_rows`.

    Parameters
    ----------
    markers : SparseLabels
        At least one marker of the whole plane.
    indices : ndarray of int, shape (n,)
        Ascending indices of the pixels into the flattened plane; all lie in the band.
    rows : slice
        Rows of the band.
    search_rows : int
        Additional rows to search, above and below.

    Returns
    -------
    ndarray of int32, shape (n,)
    """
    if not len(indices):
        return np.zeros(0, np.int32)
    height, width = markers.shape
    low, high = max(0, rows.start - search_rows), min(height, rows.stop + search_rows)
    nearby = markers.pixels_in_rows(slice(low, high))
    pixels = indices - low * width
    if len(nearby.indices):
        outside = np.ones((high - low, width), np.uint8)
        outside.ravel()[nearby.indices] = 0
        distance, nearest = cv2.distanceTransformWithLabels(
            outside, cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL
        )
        if high - low == height or distance.ravel().take(pixels).max() < search_rows:
            # OpenCV numbers the marker's pixels in an order of its own.
            label_of = np.zeros(len(nearby.indices) + 1, np.int32)
            label_of[nearest.ravel().take(nearby.indices)] = nearby.label_values
            return np.asarray(label_of.take(nearest.ravel().take(pixels)), np.int32)
    return nearest_marker(markers, indices, rows, search_rows=4 * search_rows)


def nearest_in_component(
    markers: SparseLabels, components: NDArray[np.int32], indices: NDArray[np.intp]
) -> NDArray[np.int32]:
    """Return the label of the nearest marker in the same component as each pixel.

    This is exact but slow. Use it for the few pixels whose nearest marker lies in
    another component.

    Parameters
    ----------
    markers : SparseLabels
    components : ndarray of int32, shape (Y, X)
        Components numbered from 1. Each component of a pixel has a marker.
    indices : ndarray of int, shape (n,)
        Indices of the pixels into the flattened plane.

    Returns
    -------
    ndarray of int32, shape (n,)
    """
    from scipy.spatial import KDTree  # slow to import, seldom needed

    flat = components.ravel()
    selected = np.isin(markers.sample_plane(components), flat.take(indices))
    pixels = markers.filter(selected).pixels_in_rows(slice(0, markers.shape[0]))
    # A third coordinate separates components by more than the diagonal of the plane.
    separation = 2.0 * sum(components.shape)
    points = [
        np.column_stack(
            [*np.unravel_index(which, components.shape), separation * flat.take(which)]
        )
        for which in (pixels.indices, indices)
    ]
    _, nearest = KDTree(points[0]).query(points[1])
    label_of = np.flatnonzero(np.append(True, selected[1:]))
    return np.asarray(label_of[pixels.label_values[nearest]], np.int32)
