from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from napari_nuclei.io.ome.chunk_writer import (
    MAX_INCOMPLETE,
    MAX_QUEUED,
    ChunkQueue,
    ChunkWriter,
)


@dataclass
class Stored:
    """An array in memory that counts how often a part is stored."""

    shape: tuple[int, ...]
    chunks: tuple[int, ...]
    dtype: Any = np.uint32
    stored: list[tuple[slice, ...]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.values = np.zeros(self.shape, self.dtype)

    def __setitem__(self, region: tuple[slice, ...], values: np.ndarray) -> None:
        self.stored.append(region)
        self.values[region] = values

    def __getitem__(self, region: tuple[slice, ...]) -> np.ndarray:
        return self.values[region]


@pytest.fixture
def queue() -> Iterator[ChunkQueue]:
    queue = ChunkQueue()
    yield queue
    queue.close()


def write_parts(
    writer: ChunkWriter, values: np.ndarray, side: int, order: np.ndarray | None = None
) -> None:
    corners = [
        (z, y, x)
        for z in range(len(values))
        for y in range(0, values.shape[1], side)
        for x in range(0, values.shape[2], side)
    ]
    for number in range(len(corners)) if order is None else order:
        z, y, x = corners[number]
        writer.write((z, y, x), values[z : z + 1, y : y + side, x : x + side])


@pytest.mark.parametrize("side", [3, 5, 8, 16, 50])
def test_each_chunk_is_stored_once_if_its_parts_come_soon(
    rng: np.random.Generator, queue: ChunkQueue, side: int
) -> None:
    array = Stored((2, 30, 41), (1, 8, 8))
    values = rng.integers(1, 99, array.shape).astype(np.uint32)
    writer = ChunkWriter(array, queue)
    write_parts(writer, values, side)
    writer.flush()
    queue.wait()
    np.testing.assert_array_equal(array.values, values)
    assert len(array.stored) == 2 * 4 * 6


def test_parts_in_any_order_give_the_same_array(
    rng: np.random.Generator, queue: ChunkQueue
) -> None:
    array = Stored((3, 40, 40), (1, 8, 8))
    values = rng.integers(1, 99, array.shape).astype(np.uint32)
    writer = ChunkWriter(array, queue)
    parts = 3 * 8 * 8
    write_parts(writer, values, 5, rng.permutation(parts))
    assert len(writer._incomplete) <= MAX_INCOMPLETE
    writer.flush()
    queue.wait()
    np.testing.assert_array_equal(array.values, values)
    assert len(array.stored) > 3 * 5 * 5  # some had to be stored before they were full


def test_missing_parts_are_zero(queue: ChunkQueue) -> None:
    array = Stored((1, 16, 16), (1, 8, 8))
    writer = ChunkWriter(array, queue)
    writer.write((0, 4, 4), np.ones((1, 3, 9), np.uint32))
    writer.flush()
    queue.wait()
    assert array.values.sum() == 27
    assert array.values[0, 4:7, 4:13].all()


def test_an_error_of_the_disk_is_raised(queue: ChunkQueue) -> None:
    class Full(Stored):
        def __setitem__(self, region: Any, values: Any) -> None:
            raise OSError("no space left")

    array = Full((99, 8, 8), (1, 8, 8))
    writer = ChunkWriter(array, queue)
    with pytest.raises(OSError, match="no space left"):
        write_parts(writer, np.ones((MAX_QUEUED + 2, 8, 8), np.uint32), 8)
