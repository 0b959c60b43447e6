"""Pixels of a dask array whose last chunk is kept in memory."""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import Any

import numpy as np
from numpy.typing import NDArray


class CachedChunks:
    """The pixels of a dask array; a part of it is read as a numpy array.

    Files of microscopes are decoded a plane or a z stack at a time. Several parts of
    one chunk in a row decode it once.

    Parameters
    ----------
    pixels : dask.array.Array

    Attributes
    ----------
    shape : tuple of int
    dtype : dtype
    ndim : int
    chunks : tuple of int
        Shape of the largest chunk.
    lazy : dask.array.Array
        The array itself.
    """

    def __init__(self, pixels: Any) -> None:
        self.shape, self.dtype, self.ndim = pixels.shape, pixels.dtype, pixels.ndim
        self.chunks = tuple(pixels.chunksize)
        self.lazy = pixels
        self._starts = [[0, *accumulate(sizes)] for sizes in pixels.chunks]
        self._lock = threading.Lock()
        self._last: tuple[tuple[int, ...], NDArray[Any]] | None = None

    def __getitem__(self, index: Any) -> NDArray[Any]:
        """Read a part; `index` holds whole numbers and slices, one for each axis."""
        index = index if isinstance(index, tuple) else (index,)
        index += (slice(None),) * (self.ndim - len(index))
        chunk, inside = [], []
        for part, size, starts in zip(index, self.shape, self._starts, strict=True):
            located = locate(part, size, starts)
            if located is None:
                return np.asarray(self.lazy[index])
            chunk.append(located[0])
            inside.append(located[1])
        return self._read_chunk(tuple(chunk))[tuple(inside)]

    def _read_chunk(self, number: tuple[int, ...]) -> NDArray[Any]:
        with self._lock:
            if self._last is None or self._last[0] != number:
                self._last = None  # free the memory first
                self._last = number, np.asarray(self.lazy.blocks[number])
            return self._last[1]


def locate(
    index: int | slice, size: int, starts: Sequence[int]
) -> tuple[int, int | slice] | None:
    """Return the number of the chunk that an index is in, and the index inside it.

    Parameters
    ----------
    index : int or slice
    size : int
        Length of the axis.
    starts : sequence of int
        First position of each chunk, and the length of the axis.

    Returns
    -------
    tuple, optional
        None if the index is in several chunks, is empty, or has a step.

    Examples
    --------
    >>> locate(slice(4, 6), 8, [0, 4, 8])
    (1, slice(0, 2, None))
    >>> locate(slice(2, 6), 8, [0, 4, 8]) is None
    True
    """
    if isinstance(index, slice):
        first, stop, step = index.indices(size)
    else:
        first, step = int(index), 1
        first += size if first < 0 else 0
        stop = first + 1
    if step != 1 or not 0 <= first < stop <= size:
        return None
    number = bisect_right(starts, first) - 1
    if stop > starts[number + 1]:
        return None
    start = starts[number]
    if isinstance(index, slice):
        return number, slice(first - start, stop - start)
    return number, first - start
