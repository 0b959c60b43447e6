"""Find the nearest marker of many pixels at once."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.instances.sparse_labels import SparseLabels

SEARCH_RADIUS = 8
"""Distance, in pixels, to which the nearest marker is searched first. It is enough for
most pixels of nuclei at the network's scale."""


def nearest_marker(
    markers: SparseLabels,
    indices: NDArray[np.intp],
    *,
    radius: int = SEARCH_RADIUS,
) -> NDArray[np.int32]:
    """Return the label of the nearest marker of each pixel.

    Only the surroundings of the pixels are searched. The search is repeated with four
    times the radius for pixels without a marker within `radius`, so that the result
    does not depend on it.

    Parameters
    ----------
    markers : SparseLabels
        At least one marker of the whole plane.
    indices : ndarray of int, shape (n,)
        Ascending indices of the pixels into the flattened plane.
    radius : int
        Distance to search first, in pixels.

    Returns
    -------
    ndarray of int32, shape (n,)
    """
    if not len(indices):
        return np.zeros(0, np.int32)
    height, width = markers.shape
    low = max(0, int(indices[0]) // width - radius)
    high = min(height, int(indices[-1]) // width + 1 + radius)
    nearby = markers.pixels_in_rows(slice(low, high))
    if not len(nearby.indices):
        return nearest_marker(markers, indices, radius=4 * radius)
    pixels = indices - low * width
    searched = np.zeros((high - low, width), np.uint8)
    searched.ravel()[pixels] = 1
    # All other pixels count as markers, which makes OpenCV faster.
    around = np.ones((2 * radius + 1, 2 * radius + 1), np.uint8)
    cv2.dilate(searched, around, dst=searched)
    searched.ravel()[nearby.indices] = 0
    distance, nearest = (
        found.ravel()
        for found in cv2.distanceTransformWithLabels(
            searched, cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL
        )
    )
    # OpenCV numbers the pixels of markers in an order of its own.
    label_of = np.zeros(searched.size + 1, np.int32)
    label_of[nearest.take(nearby.indices)] = nearby.label_values
    labels = label_of.take(np.asarray(nearest, np.int32).take(pixels))
    if radius < max(height, width):
        distant = np.flatnonzero(distance.take(pixels) >= radius)
        labels[distant] = nearest_marker(
            markers, indices.take(distant), radius=4 * radius
        )
    return labels


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
