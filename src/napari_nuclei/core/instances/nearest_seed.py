"""Which of some objects is the nearest, for many places at once."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.instances.object_pixels import Objects

REACH = 32
"""Rows around a strip in which the nearest is looked for at first."""


def nearest_object(
    objects: Objects, places: NDArray[np.intp], rows: slice, *, reach: int = REACH
) -> NDArray[np.int32]:
    """Return the number of the object nearest to each place in a strip of a plane.

    The strip is seen with `reach` rows more on both sides, and with more and more where
    an object is farther off than that: the answer is that of the whole plane.

    Parameters
    ----------
    objects : Objects
        Of the whole plane; at least one.
    places : ndarray of int, shape (n,)
        Indices into the flattened plane, in order; all lie in the strip.
    rows : slice
        The strip.
    reach : int
        In rows.

    Returns
    -------
    ndarray of int32, shape (n,)
    """
    if not len(places):
        return np.zeros(0, np.int32)
    height, width = objects.shape
    low, high = max(0, rows.start - reach), min(height, rows.stop + reach)
    seen, asked = objects.within(slice(low, high)), places - low * width
    if len(seen.places):
        away = np.ones((high - low, width), np.uint8)
        away.ravel()[seen.places] = 0
        distance, index = cv2.distanceTransformWithLabels(
            away, cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL
        )
        if high - low == height or distance.ravel().take(asked).max() < reach:
            # OpenCV numbers the marked pixels in an order of its own.
            table = np.zeros(len(seen.places) + 1, np.int32)
            table[index.ravel().take(seen.places)] = seen.numbers
            return np.asarray(table.take(index.ravel().take(asked)), np.int32)
    return nearest_object(objects, places, rows, reach=4 * reach)


def nearest_in_body(
    objects: Objects, bodies: NDArray[np.int32], places: NDArray[np.intp]
) -> NDArray[np.int32]:
    """Return the object nearest to each place among those of the place's component.

    Exact and slow: for the few pixels that lie nearer to another component's object.
    """
    from scipy.spatial import KDTree  # slow to import, seldom needed

    flat = bodies.ravel()
    some = np.isin(objects.at_a_pixel(bodies), flat.take(places))
    marks = objects.kept(some).within(slice(0, objects.shape[0]))
    # Components lie on planes so far apart that no neighbour is in another one.
    gap = 2.0 * sum(bodies.shape)
    points = [
        np.column_stack(
            [*np.unravel_index(which, bodies.shape), gap * flat.take(which)]
        )
        for which in (marks.places, places)
    ]
    _, nearest = KDTree(points[0]).query(points[1])
    number_of = np.flatnonzero(np.append(True, some[1:]))
    return np.asarray(number_of[marks.numbers[nearest]], np.int32)
