"""Process a plane in bands of rows, several at the same time.

NumPy and OpenCV release the interpreter lock while they compute. The data of a band
fits the processor's cache, while the data of a whole plane does not.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

BAND_HEIGHT = 512
"""Number of rows in a band. On planes of 4096 columns, bands of fewer rows repeat more
work at their edges, and bands of more rows do not fit the cache."""

Item = TypeVar("Item")
Result = TypeVar("Result")


def split_rows(height: int, band_height: int = BAND_HEIGHT) -> list[slice]:
    """Return the rows of each band of a plane; the last band may have fewer.

    Examples
    --------
    >>> [(rows.start, rows.stop) for rows in split_rows(1200, 500)]
    [(0, 500), (500, 1000), (1000, 1200)]
    """
    return [
        slice(top, min(top + band_height, height))
        for top in range(0, height, band_height)
    ]


@cache
def helper_threads(process: int) -> ThreadPoolExecutor:
    """Return the threads that help the calling ones, of a process of this number.

    To start threads for each call would take as long as a band of a small plane.
    """
    return ThreadPoolExecutor(os.cpu_count(), "row-band")


def map_threads(work: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
    """Call a function for each item from several threads; return results in order.

    The calling thread is one of them, so that calls may be nested.
    """
    threads = min(len(items), cv2.getNumThreads())
    if threads <= 1:
        return [work(item) for item in items]
    results: dict[int, Result] = {}
    numbered = iter(enumerate(items))

    def take_items() -> None:
        for number, item in numbered:
            results[number] = work(item)

    pool = helper_threads(os.getpid())
    helpers = [pool.submit(take_items) for _ in range(threads - 1)]
    take_items()
    for helper in helpers:
        if not helper.cancel():  # it has begun
            helper.result()
    return [results[number] for number in range(len(items))]


def threshold_blurred(
    plane: NDArray[np.float32],
    sigma: float,
    limit: float,
    *,
    band_height: int = BAND_HEIGHT,
) -> NDArray[np.bool_]:
    """Mark where a plane (Y, X), blurred by a Gaussian, is at least `limit`.

    `sigma` is in pixels. The result does not depend on `band_height`.
    """
    margin = round(4 * sigma)  # OpenCV's kernel extends this far
    above = np.empty(plane.shape, bool)

    def threshold_band(rows: slice) -> None:
        first = max(0, rows.start - margin)
        band = plane[first : rows.stop + margin]
        blurred = cv2.GaussianBlur(band, (0, 0), sigma)[rows.start - first :]
        np.greater_equal(blurred[: len(above[rows])], limit, out=above[rows])

    map_threads(threshold_band, split_rows(len(plane), band_height))
    return above
