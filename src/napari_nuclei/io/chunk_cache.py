"""Keep the chunks of an image that were decoded last, for blocks that share them.

A block is read with a margin, so that it touches the chunks of all blocks around it.
Without a cache, each chunk is decoded for up to nine blocks.
"""

from __future__ import annotations

import math
import threading
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from itertools import accumulate, product
from typing import Any

import numpy as np
from numpy.typing import NDArray

MAX_CACHE_BYTES = 64 << 20
"""Largest memory of cached chunks. The least recently used are removed first."""

MIN_CACHED_CHUNKS = 8
"""Chunks of which fewer fit into the cache are not cached."""

Cell = tuple[tuple[int, int], ...]
"""First pixel and end of a chunk along each axis, or of one plane of it."""


class ChunkCache:
    """Cache decoded chunks of one image; several threads may read at once.

    Each chunk is decoded by one thread, and others wait for it. Errors are not cached.
    A pickled cache is empty.

    Parameters
    ----------
    max_bytes : int
        Largest memory of all cached chunks, in bytes.
    """

    def __init__(self, max_bytes: int = MAX_CACHE_BYTES) -> None:
        self.max_bytes = max_bytes
        self._lock = threading.Lock()
        self._chunks: OrderedDict[Cell, Future[NDArray[Any]]] = OrderedDict()
        self._bytes = 0

    def __reduce__(self) -> tuple[Any, ...]:
        return ChunkCache, (self.max_bytes,)

    def open(self, pixels: Any) -> Any:
        """Return pixels that are read through the cache.

        Parameters
        ----------
        pixels : array-like
            Of the same image in every call. Without chunks, or with chunks that are
            large or follow no grid, they are returned as they are.
        """
        chunks = getattr(pixels, "chunks", None)
        if not chunks or len(chunks) != len(pixels.shape):
            return pixels
        sizes = [max(c, default=0) if isinstance(c, tuple) else c for c in chunks]
        if not all(isinstance(size, int) and size > 0 for size in sizes):
            return pixels  # damaged metadata, or dask chunks of unknown size
        size = math.prod(sizes) * np.dtype(pixels.dtype).itemsize
        if size * MIN_CACHED_CHUNKS > self.max_bytes:
            return pixels
        return CachedPixels(pixels, self)

    def read(self, pixels: Any, cells: Sequence[Cell]) -> list[NDArray[Any]]:
        """Return the pixels of cells, of which missing ones are read.

        Parameters
        ----------
        pixels : array-like
        cells : sequence of Cell

        Returns
        -------
        list of ndarray
            One for each cell; do not change them.
        """
        missing: dict[Cell, Future[NDArray[Any]]] = {}
        futures: list[Future[NDArray[Any]]] = []
        with self._lock:
            for cell in cells:
                if cell in self._chunks:
                    self._chunks.move_to_end(cell)
                else:
                    self._chunks[cell] = missing[cell] = Future()
                futures.append(self._chunks[cell])
        try:
            for cell, values in read_cells(pixels, list(missing)):
                self._store(missing[cell], values)
        except BaseException as error:
            with self._lock:
                for cell, future in missing.items():
                    if not future.done():
                        self._chunks.pop(cell, None)
                        future.set_exception(error)
            raise
        parts = []
        for cell, future in zip(cells, futures, strict=True):
            try:
                parts.append(future.result())
            except Exception:  # of another thread, which reported it
                parts.append(np.asarray(pixels[as_slices(cell)]))
        return parts

    def _store(self, future: Future[NDArray[Any]], values: NDArray[Any]) -> None:
        """Keep the pixels of a cell; remove the least recently used if too many."""
        with self._lock:
            future.set_result(values)
            self._bytes += values.nbytes
            if self._bytes <= self.max_bytes:
                return
            for oldest in [key for key, chunk in self._chunks.items() if chunk.done()]:
                if self._bytes <= self.max_bytes:
                    break
                self._bytes -= self._chunks.pop(oldest).result().nbytes


class CachedPixels:
    """Pixels that are read through a `ChunkCache`, with the values of the source.

    Parameters
    ----------
    pixels : array-like
        With chunks: one length for each axis, as of zarr, or one tuple, as of dask.
    cache : ChunkCache

    Attributes
    ----------
    shape : tuple of int
    dtype : dtype
    ndim : int
    chunks : tuple
    """

    def __init__(self, pixels: Any, cache: ChunkCache) -> None:
        self.shape: tuple[int, ...] = tuple(pixels.shape)
        self.dtype, self.ndim = pixels.dtype, len(self.shape)
        self.chunks = pixels.chunks
        self._pixels, self._cache = pixels, cache

    def __getitem__(self, index: Any) -> NDArray[Any]:
        """Read a part; whole numbers and slices of step 1 use the cache."""
        items = index if isinstance(index, tuple) else (index,)
        if len(items) > self.ndim or not all(map(is_plain, items)):
            return np.asarray(self._pixels[index])
        items = (*items, *[slice(None)] * (self.ndim - len(items)))
        spans = []
        for item, length in zip(items, self.shape, strict=True):
            if isinstance(item, slice):
                start, stop, _ = item.indices(length)
            else:
                start, stop = int(item), int(item) + 1
            if not 0 <= start < stop <= length:
                return np.asarray(self._pixels[index])
            spans.append((start, stop))
        axes = [
            [span] if not isinstance(item, slice) else cells_along(chunk, length, span)
            for item, span, chunk, length in zip(
                items, spans, self.chunks, self.shape, strict=True
            )
        ]
        cells = list(product(*axes))
        part = np.empty([stop - start for start, stop in spans], self.dtype)
        for cell, values in zip(
            cells, self._cache.read(self._pixels, cells), strict=True
        ):
            shared = [
                (max(low, start), min(high, stop))
                for (low, high), (start, stop) in zip(cell, spans, strict=True)
            ]
            part[moved(shared, spans)] = values[moved(shared, cell)]
        return part[tuple(slice(None) if isinstance(i, slice) else 0 for i in items)]


def is_plain(item: Any) -> bool:
    """Return whether an index is a whole number or a slice of step 1."""
    if isinstance(item, slice):
        return item.step in (None, 1)
    return isinstance(item, int | np.integer) and not isinstance(item, bool)


def as_slices(spans: Sequence[tuple[int, int]]) -> tuple[slice, ...]:
    """Return the slices of first pixels and ends."""
    return tuple(slice(start, stop) for start, stop in spans)


def moved(
    spans: Sequence[tuple[int, int]], origin: Sequence[tuple[int, int]]
) -> tuple[slice, ...]:
    """Return the slices of spans in an array that begins where `origin` does."""
    return tuple(
        slice(start - first, stop - first)
        for (start, stop), (first, _) in zip(spans, origin, strict=True)
    )


def cells_along(
    chunk: int | tuple[int, ...], length: int, span: tuple[int, int]
) -> list[tuple[int, int]]:
    """Return the chunks along an axis that a span touches.

    Parameters
    ----------
    chunk : int or tuple of int
        Length of every chunk, or of each.
    length : int
        Length of the axis.
    span : tuple of int
        First pixel and end.

    Examples
    --------
    >>> cells_along(10, 25, (12, 23)), cells_along((4, 6), 10, (0, 3))
    ([(10, 20), (20, 25)], [(0, 4)])
    """
    start, stop = span
    if isinstance(chunk, int):
        first, last = start // chunk, (stop - 1) // chunk
        return [
            (number * chunk, min((number + 1) * chunk, length))
            for number in range(first, last + 1)
        ]
    edges = [0, *accumulate(chunk)]
    first, last = bisect_right(edges, start) - 1, bisect_right(edges, stop - 1) - 1
    return list(zip(edges[first : last + 1], edges[first + 1 : last + 2], strict=True))


def read_cells(
    pixels: Any, cells: Sequence[Cell]
) -> Iterator[tuple[Cell, NDArray[Any]]]:
    """Yield each cell with its pixels; cells that fill a box are read at once."""
    if not cells:
        return
    axes = zip(*cells, strict=True)
    box = [(min(a for a, _ in axis), max(b for _, b in axis)) for axis in axes]
    filled = math.prod(b - a for a, b in box)
    if sum(math.prod(b - a for a, b in cell) for cell in cells) != filled:
        for cell in cells:
            yield cell, np.asarray(pixels[as_slices(cell)])
        return
    values = np.asarray(pixels[as_slices(box)])
    for cell in cells:
        part = values[moved(cell, box)]
        yield cell, part if len(cells) == 1 else part.copy()
