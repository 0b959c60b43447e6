"""Write parts of a zarr array so that each chunk is compressed once."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

MAX_INCOMPLETE = 8
"""Largest number of chunks of an array that wait for the rest of their pixels."""

MAX_QUEUED = 4
"""Largest number of chunks that wait to be compressed."""

Bounds = tuple[tuple[int, int], ...]
"""First and last + 1 index along each axis."""


class ChunkQueue:
    """Compress and store chunks in a thread, one by one and in order."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, "chunks")
        self._queued: deque[Future[None]] = deque()

    def store(self, array: Any, bounds: Bounds, values: NDArray[Any]) -> None:
        """Store a part of an array later; wait if too many parts are queued.

        Raises
        ------
        OSError
            If an earlier part cannot be written.
        """
        region = tuple(slice(*side) for side in bounds)
        self._queued.append(self._pool.submit(array.__setitem__, region, values))
        while len(self._queued) > MAX_QUEUED:
            self._queued.popleft().result()

    def wait(self) -> None:
        """Wait until all parts are stored; raise the first error."""
        while self._queued:
            self._queued.popleft().result()

    def close(self) -> None:
        """End the thread; parts that still wait are dropped."""
        self._pool.shutdown(cancel_futures=True)


@dataclass(slots=True)
class IncompleteChunk:
    """A chunk of which some pixels are not known yet.

    Attributes
    ----------
    bounds : tuple of (int, int)
        The part of the array.
    values : ndarray
        0 where a pixel is not known.
    missing : int
        Number of pixels that are not known.
    """

    bounds: Bounds
    values: NDArray[Any]
    missing: int


class ChunkWriter:
    """Write a new array in parts, and each chunk when all of it is known.

    Parts that do not fill a chunk would be read, decompressed and compressed again with
    each further part.

    Parameters
    ----------
    array : zarr.Array
        A new array of zeros.
    queue : ChunkQueue
        Stores the chunks.
    """

    def __init__(self, array: Any, queue: ChunkQueue) -> None:
        self._array, self._queue = array, queue
        self._incomplete: OrderedDict[tuple[int, ...], IncompleteChunk] = OrderedDict()
        self._stored: dict[tuple[int, ...], int] = {}

    def write(self, starts: Sequence[int], values: NDArray[Any]) -> None:
        """Write a part; each pixel of the array is written at most once.

        Parameters
        ----------
        starts : sequence of int
            Index of the part's first pixel along each axis.
        values : ndarray

        Raises
        ------
        OSError
            If a chunk cannot be written.
        """
        ends = [start + size for start, size in zip(starts, values.shape, strict=True)]
        for key in self._chunks(starts, ends):
            chunk = self._take(key)
            inside, outside = [], []
            for (low, high), start, end in zip(chunk.bounds, starts, ends, strict=True):
                first, last = max(low, start), min(high, end)
                inside.append(slice(first - low, last - low))
                outside.append(slice(first - start, last - start))
            part = values[tuple(outside)]
            chunk.values[tuple(inside)] = part
            chunk.missing -= part.size
            if chunk.missing:
                self._incomplete[key] = chunk
            else:
                self._queue.store(self._array, chunk.bounds, chunk.values)
        while len(self._incomplete) > MAX_INCOMPLETE:
            self._store_oldest()

    def flush(self) -> None:
        """Store the chunks that are not complete, with zeros for the missing pixels."""
        while self._incomplete:
            self._store_oldest()

    def _chunks(
        self, starts: Sequence[int], ends: Sequence[int]
    ) -> Iterator[tuple[int, ...]]:
        sizes = self._array.chunks
        yield from product(
            *(
                range(start // size, -(-end // size))
                for start, end, size in zip(starts, ends, sizes, strict=True)
            )
        )

    def _take(self, key: tuple[int, ...]) -> IncompleteChunk:
        """Return a chunk, and no longer keep it as incomplete."""
        if key in self._incomplete:
            return self._incomplete.pop(key)
        bounds = tuple(
            (number * size, min((number + 1) * size, full))
            for number, size, full in zip(
                key, self._array.chunks, self._array.shape, strict=True
            )
        )
        shape = tuple(high - low for low, high in bounds)
        if key not in self._stored:
            values = np.zeros(shape, self._array.dtype)
            return IncompleteChunk(bounds, values, values.size)
        self._queue.wait()
        values = np.array(self._array[tuple(slice(*side) for side in bounds)])
        return IncompleteChunk(bounds, values, self._stored.pop(key))

    def _store_oldest(self) -> None:
        key, chunk = self._incomplete.popitem(last=False)
        self._stored[key] = chunk.missing
        self._queue.store(self._array, chunk.bounds, chunk.values)


def even_steps(positions: NDArray[np.intp]) -> slice | NDArray[np.intp]:
    """Return positions as a slice if their steps are equal, which is faster to read.

    Examples
    --------
    >>> even_steps(np.array([1, 3, 5])), even_steps(np.array([1, 3, 6])).tolist()
    (slice(1, 6, 2), [1, 3, 6])
    """
    first, last = int(positions[0]), int(positions[-1])
    step = int(positions[1]) - first if len(positions) > 1 else 1
    if np.array_equal(positions, np.arange(first, last + 1, step)):
        return slice(first, last + 1, step)
    return positions
