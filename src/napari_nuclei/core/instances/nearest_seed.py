"""Which of some objects is the nearest, for many places at once."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.instances.object_pixels import SparseLabels

SEARCH_ROWS = 32
"""Rows around a strip in which the nearest is looked for at first."""


def nearest_marker(
    objects: SparseLabels,
    indices: NDArray[np.intp],
    rows: slice,
    *,
    search_rows: int = SEARCH_ROWS,
) -> NDArray[np.int32]:
    """Return the number of the object nearest to each place in a strip of a plane.

    The strip is seen with `search_rows` rows more on both sides, and with more and
    more where an object is farther off than that: the answer is that of the whole
    plane.

    Parameters
    ----------
    objects : SparseLabels
        Of the whole plane; at least one.
    indices : ndarray of int, shape (n,)
        Indices into the flattened plane, in order; all lie in the strip.
    rows : slice
        The strip.
    search_rows : int
        In rows.

    Returns
    -------
    ndarray of int32, shape (n,)
    """
    if not len(indices):
        return np.zeros(0, np.int32)
    height, width = objects.shape
    low, high = max(0, rows.start - search_rows), min(height, rows.stop + search_rows)
    seen, asked = objects.pixels_in_rows(slice(low, high)), indices - low * width
    if len(seen.indices):
        away = np.ones((high - low, width), np.uint8)
        away.ravel()[seen.indices] = 0
        distance, index = cv2.distanceTransformWithLabels(
            away, cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL
        )
        if high - low == height or distance.ravel().take(asked).max() < search_rows:
            # OpenCV numbers the marked pixels in an order of its own.
            table = np.zeros(len(seen.indices) + 1, np.int32)
            table[index.ravel().take(seen.indices)] = seen.label_values
            return np.asarray(table.take(index.ravel().take(asked)), np.int32)
    return nearest_marker(objects, indices, rows, search_rows=4 * search_rows)


def nearest_in_component(
    objects: SparseLabels, components: NDArray[np.int32], indices: NDArray[np.intp]
) -> NDArray[np.int32]:
    """Return the object nearest to each place among those of the place's component.

    Exact and slow: for the few pixels that lie nearer to another component's object.
    """
    from scipy.spatial import KDTree  # slow to import, seldom needed

    flat = components.ravel()
    some = np.isin(objects.sample_plane(components), flat.take(indices))
    marks = objects.filter(some).pixels_in_rows(slice(0, objects.shape[0]))
    # Components lie on planes so far apart that no neighbour is in another one.
    gap = 2.0 * sum(components.shape)
    points = [
        np.column_stack(
            [*np.unravel_index(which, components.shape), gap * flat.take(which)]
        )
        for which in (marks.indices, indices)
    ]
    _, nearest = KDTree(points[0]).query(points[1])
    number_of = np.flatnonzero(np.append(True, some[1:]))
    return np.asarray(number_of[marks.label_values[nearest]], np.int32)
