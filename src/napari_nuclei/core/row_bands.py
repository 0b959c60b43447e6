"""A plane in strips of rows, which the cores work on beside each other.

NumPy and OpenCV let go of the interpreter's lock while they compute, and what a strip
needs stays in the cache, where passes over a whole plane wait for the memory.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

BAND_HEIGHT = 512
"""Rows of a strip. Measured on planes of 4096 columns: lower ones repeat more of what
neighbours share, higher ones do not fit the cache."""

Item = TypeVar("Item")
Result = TypeVar("Result")


def split_rows(height: int, band_height: int = BAND_HEIGHT) -> list[slice]:
    """Return the rows of each strip of a plane; the last one may be lower.

    Examples
    --------
    >>> [(rows.start, rows.stop) for rows in split_rows(1200, 500)]
    [(0, 500), (500, 1000), (1000, 1200)]
    """
    return [
        slice(top, min(top + band_height, height))
        for top in range(0, height, band_height)
    ]


def map_threads(work: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
    """Return what work gives for each item, in order; it is called from threads."""
    threads = min(len(items), cv2.getNumThreads())
    if threads <= 1:
        return [work(item) for item in items]
    with ThreadPoolExecutor(threads, "strip") as pool:
        return list(pool.map(work, items))


def threshold_blurred(
    plane: NDArray[np.float32],
    sigma: float,
    limit: float,
    *,
    band_height: int = BAND_HEIGHT,
) -> NDArray[np.bool_]:
    """Mark where a plane (Y, X), blurred by a Gaussian, is at least `limit`."""
    around = round(4 * sigma)  # rows on both sides that OpenCV looks at
    above = np.empty(plane.shape, bool)

    def cut(rows: slice) -> None:
        first = max(0, rows.start - around)
        seen = plane[first : rows.stop + around]
        blurred = cv2.GaussianBlur(seen, (0, 0), sigma)[rows.start - first :]
        np.greater_equal(blurred[: len(above[rows])], limit, out=above[rows])

    map_threads(cut, split_rows(len(plane), band_height))
    return above
