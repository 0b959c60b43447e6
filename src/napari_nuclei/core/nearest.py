"""Which of some numbered pixels is the nearest, for many places at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

STRIP, REACH = 512, 64
"""Rows in which nearest seeds are looked for at once, and how far around them."""


@dataclass(frozen=True, slots=True)
class Marks:
    """Numbered pixels of a plane, without the background between them.

    Attributes
    ----------
    places : ndarray of int, shape (n,)
        Indices into the flattened plane, in order.
    numbers : ndarray of int32, shape (n,)
        Above 0.
    """

    places: NDArray[np.intp]
    numbers: NDArray[np.int32]

    @classmethod
    def of(cls, labels: NDArray[np.int32]) -> Marks:
        """Return the labelled pixels of a plane."""
        places = np.flatnonzero(labels > 0)
        return cls(places, labels.ravel()[places])

    def within(self, first: int, last: int) -> Marks:
        """Return those from one place to before another, counted from the first."""
        low, high = np.searchsorted(self.places, (first, last))
        return Marks(self.places[low:high] - first, self.numbers[low:high])

    def on_plane(self, shape: tuple[int, ...]) -> NDArray[np.int32]:
        """Return a plane with the numbers in their places, 0 elsewhere."""
        plane = np.zeros(shape, np.int32)
        plane.ravel()[self.places] = self.numbers
        return plane


def nearest_mark(
    marks: Marks,
    places: NDArray[np.intp],
    shape: tuple[int, int],
    *,
    strip: int = STRIP,
    reach: int = REACH,
) -> NDArray[np.int32]:
    """Return the number of the mark nearest to each place; one must exist.

    Strips of rows are done beside each other. Each is seen with `reach` rows more on
    both sides; where a mark is farther off than that, the plane is done in one.

    Parameters
    ----------
    marks : Marks
    places : ndarray of int, shape (n,)
        Indices into the flattened plane, in order.
    shape : tuple of int
        Height and width of the plane, in pixels.
    strip, reach : int
        In rows.
    """
    height, width = shape

    def nearest(top: int) -> NDArray[np.int32] | None:
        bottom = min(top + strip, height)
        low, high = max(0, top - reach), min(height, bottom + reach)
        asked = places[slice(*np.searchsorted(places, (top * width, bottom * width)))]
        seen = marks.within(low * width, high * width)
        if not len(asked):
            return np.zeros(0, np.int32)
        if not len(seen.places):
            return None
        away = np.ones((high - low, width), np.uint8)
        away.ravel()[seen.places] = 0
        distance, index = cv2.distanceTransformWithLabels(
            away, cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL
        )
        asked = asked - low * width
        if high - low < height and distance.ravel()[asked].max() >= reach:
            return None
        # OpenCV numbers the marked pixels in an order of its own.
        table = np.zeros(len(seen.places) + 1, np.int32)
        table[index.ravel()[seen.places]] = seen.numbers
        return np.asarray(table[index.ravel()[asked]], np.int32)

    with ThreadPoolExecutor(max(1, cv2.getNumThreads()), "strip") as pool:
        parts = list(pool.map(nearest, range(0, height, strip)))
    known = [part for part in parts if part is not None]
    if len(known) < len(parts):
        return nearest_mark(marks, places, shape, strip=height)
    return np.concatenate(known)


def nearest_in_body(
    seeds: NDArray[np.int32], bodies: NDArray[np.int32], places: NDArray[np.intp]
) -> NDArray[np.int32]:
    """Return the seed nearest to each place among those of the place's component.

    Exact and slow: for the few pixels that lie nearer to another component's seed.
    """
    from scipy.spatial import KDTree  # slow to import, seldom needed

    asked = np.zeros(int(bodies.max()) + 1, bool)
    asked[bodies.ravel()[places]] = True
    known = np.flatnonzero((seeds > 0) & asked[bodies])
    # Components lie on planes so far apart that no neighbour is in another one.
    gap = 2 * sum(seeds.shape)
    points = [
        np.column_stack(
            [*np.unravel_index(which, seeds.shape), gap * bodies.ravel()[which]]
        )
        for which in (known, places)
    ]
    _, nearest = KDTree(points[0]).query(points[1])
    return np.asarray(seeds.ravel()[known[nearest]], np.int32)
