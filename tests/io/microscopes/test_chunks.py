from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_nuclei.io.microscopes.chunks import CachedChunks

dask_array = pytest.importorskip("dask.array")

PIXELS = np.arange(3 * 7 * 10, dtype=np.uint16).reshape(3, 7, 10)


def indices(size: int) -> st.SearchStrategy[int | slice]:
    return st.one_of(st.integers(-size, size - 1), st.slices(size))


@given(st.tuples(*map(indices, PIXELS.shape)), st.integers(0, 3))
@settings(max_examples=200, deadline=None)
def test_every_part_is_that_of_the_array(index: tuple[Any, ...], axes: int) -> None:
    pixels = CachedChunks(dask_array.from_array(PIXELS, chunks=(1, 4, 10)))
    index = index[:axes]
    np.testing.assert_array_equal(pixels[index], PIXELS[index])
    np.testing.assert_array_equal(pixels[index], PIXELS[index])


def test_parts_of_one_chunk_decode_it_once() -> None:
    decoded = []

    def decode(block: np.ndarray, block_info: Any = None) -> np.ndarray:
        decoded.append(block_info[0]["chunk-location"])
        return block

    lazy = dask_array.from_array(PIXELS, chunks=(1, 7, 10))
    pixels = CachedChunks(lazy.map_blocks(decode, dtype=PIXELS.dtype))
    for row in range(0, 6, 2):
        pixels[1, row : row + 2, 2:5]
    assert decoded == [(1, 0, 0)]
    assert pixels.chunks == (1, 7, 10)
    assert (pixels.shape, pixels.dtype, pixels.ndim) == ((3, 7, 10), np.uint16, 3)
