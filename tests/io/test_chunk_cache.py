from __future__ import annotations

import pickle
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from napari_nuclei.io.chunk_cache import CachedPixels, ChunkCache


class Chunked:
    """An array in chunks that counts how often each pixel is read."""

    def __init__(self, pixels: NDArray[Any], chunks: Any) -> None:
        self.pixels, self.chunks = pixels, chunks
        self.shape, self.dtype, self.ndim = pixels.shape, pixels.dtype, pixels.ndim
        self.reads = np.zeros(pixels.shape, int)

    def __getitem__(self, index: Any) -> NDArray[Any]:
        self.reads[index] += 1
        return self.pixels[index]


@pytest.fixture
def source(rng: np.random.Generator) -> Chunked:
    return Chunked(rng.integers(0, 999, (3, 50, 70), np.uint16), (2, 16, 16))


@pytest.mark.parametrize(
    "index",
    [
        (1, slice(3, 20), slice(60, 70)),
        (slice(None), slice(0, 16), slice(16, 32)),
        (slice(0, 2), 5),
        2,
        slice(1, 99),
        (0, slice(10, 10), slice(None)),
        (0, slice(None, None, 3), slice(5, None)),
        (-1, slice(-9, None), slice(None)),
        (np.int64(1), slice(None), slice(None)),
        (..., 4),
        ([0, 2],),
    ],
    ids=str,
)
def test_every_part_has_the_pixels_of_the_source(source: Chunked, index: Any) -> None:
    cached = ChunkCache().open(source)
    assert isinstance(cached, CachedPixels)
    for _ in range(2):
        part = cached[index]
        np.testing.assert_array_equal(part, source.pixels[index])
        assert part.dtype == source.dtype


def test_chunks_of_unequal_length_are_found(rng: np.random.Generator) -> None:
    source = Chunked(rng.integers(0, 9, (10, 12), np.uint8), ((4, 6), (5, 5, 2)))
    cached = ChunkCache().open(source)
    for rows in (slice(0, 3), slice(3, 9), slice(4, 10)):
        part = rows, slice(4, 11)
        np.testing.assert_array_equal(cached[part], source.pixels[part])
    assert source.reads.max() == 1


def test_windows_that_overlap_read_each_pixel_once(source: Chunked) -> None:
    cached = ChunkCache().open(source)
    for top in range(0, 40, 8):
        for left in range(0, 60, 8):
            cached[0, top : top + 20, left : left + 20]
    assert source.reads[0].max() == 1
    assert source.reads[1:].max() == 0


def test_threads_read_each_pixel_once(source: Chunked) -> None:
    cached = ChunkCache().open(source)
    tops = [0, 4, 8, 12, 16, 20] * 4
    with ThreadPoolExecutor(4) as pool:
        parts = list(pool.map(lambda top: cached[1, top : top + 30], tops))
    for top, part in zip(tops, parts, strict=True):
        np.testing.assert_array_equal(part, source.pixels[1, top : top + 30])
    assert source.reads.max() == 1


def test_memory_is_limited_and_the_oldest_chunk_is_removed(source: Chunked) -> None:
    cache = ChunkCache(max_bytes=8 * 2 * 16 * 16 * 2)
    cached = cache.open(source)
    for _ in range(2):
        cached[0]
        cached[1]
    assert cache._bytes <= cache.max_bytes
    assert source.reads.max() == 2


@pytest.mark.parametrize("chunks", [None, (), (0, 16, 16), (9, 9), ((float("nan"),),)])
def test_pixels_without_usable_chunks_are_not_wrapped(
    source: Chunked, chunks: Any
) -> None:
    source.chunks = chunks
    assert ChunkCache().open(source) is source


def test_chunks_that_fill_the_cache_are_not_wrapped(source: Chunked) -> None:
    assert ChunkCache(max_bytes=4000).open(source) is source


def test_an_error_is_raised_each_time_and_not_cached(source: Chunked) -> None:
    class Damaged(Chunked):
        is_damaged = True

        def __getitem__(self, index: Any) -> NDArray[Any]:
            if self.is_damaged:
                raise OSError("damaged")
            return super().__getitem__(index)

    damaged = Damaged(source.pixels, source.chunks)
    cached = ChunkCache().open(damaged)
    for _ in range(2):
        with pytest.raises(OSError, match="damaged"):
            cached[0, :20, :20]
    damaged.is_damaged = False
    np.testing.assert_array_equal(cached[0, :20, :20], source.pixels[0, :20, :20])


def test_a_thread_that_waits_for_a_failed_read_reads_itself(source: Chunked) -> None:
    started, fail = threading.Event(), threading.Event()

    class FailsOnce(Chunked):
        def __getitem__(self, index: Any) -> NDArray[Any]:
            if not started.is_set():
                started.set()
                fail.wait(10)
                raise OSError("damaged")
            return super().__getitem__(index)

    cached = ChunkCache().open(FailsOnce(source.pixels, source.chunks))
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(lambda: cached[0, :16, :16])
        started.wait(10)
        second = pool.submit(lambda: cached[0, :16, :16])
        fail.set()
        with pytest.raises(OSError, match="damaged"):
            first.result(10)
        np.testing.assert_array_equal(second.result(10), source.pixels[0, :16, :16])


def test_what_a_caller_changes_does_not_reach_the_cache(source: Chunked) -> None:
    cached = ChunkCache().open(source)
    cached[0, :16, :16][:] = 0
    np.testing.assert_array_equal(cached[0, :16, :16], source.pixels[0, :16, :16])


def test_a_pickled_cache_is_empty(source: Chunked) -> None:
    cache = ChunkCache(max_bytes=1 << 20)
    cache.open(source)[0]
    copy = pickle.loads(pickle.dumps(cache))
    assert (copy.max_bytes, copy._bytes, len(copy._chunks)) == (1 << 20, 0, 0)
