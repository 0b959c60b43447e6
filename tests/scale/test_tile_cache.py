from __future__ import annotations

import pickle
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from numpy.typing import NDArray

from napari_nuclei.scale.tile_cache import TileCache

Floats = NDArray[np.float32]


class Doubling:
    """A network that lists the values of its tiles."""

    def __init__(self) -> None:
        self.seen: list[float] = []

    def __call__(self, tiles: Floats) -> Floats:
        self.seen += tiles[:, 0, 0, 0].tolist()
        return 2 * tiles


def tiles_of(*values: float) -> Floats:
    return np.stack([np.full((2, 2, 1), value, np.float32) for value in values])


def keys_of(*values: int) -> list[tuple[int, ...]]:
    return [(value, 0) for value in values]


def test_a_tile_of_two_blocks_is_computed_once() -> None:
    shared, network = TileCache(), Doubling()
    one = shared.run(network, tiles_of(1, 2), keys_of(1, 2), [1, 2])
    two = shared.run(network, tiles_of(2, 3), keys_of(2, 3), [2, 1])
    np.testing.assert_array_equal(one, 2 * tiles_of(1, 2))
    np.testing.assert_array_equal(two, 2 * tiles_of(2, 3))
    assert network.seen == [1, 2, 3]
    assert shared.computed == 3


def test_an_output_is_removed_after_its_last_use() -> None:
    shared, network = TileCache(), Doubling()
    for _ in range(4):
        found = shared.run(network, tiles_of(1), keys_of(1), [2])
        np.testing.assert_array_equal(found, 2 * tiles_of(1))
    assert network.seen == [1, 1]


def test_the_oldest_outputs_are_removed_if_there_are_too_many() -> None:
    shared, network = TileCache(max_bytes=2 * tiles_of(1).nbytes), Doubling()
    for values in ((1, 2, 3), (2, 3), (1,)):
        uses = [9] * len(values)
        found = shared.run(network, tiles_of(*values), keys_of(*values), uses)
        np.testing.assert_array_equal(found, 2 * tiles_of(*values))
    assert network.seen == [1, 2, 3, 1]


def test_a_block_waits_for_a_tile_that_another_computes() -> None:
    shared, begun, asked = TileCache(), threading.Event(), threading.Event()

    def slow(tiles: Floats) -> Floats:
        begun.set()
        assert asked.wait(60)
        return 2 * tiles

    def other(tiles: Floats) -> Floats:
        asked.set()
        return 2 * tiles

    with ThreadPoolExecutor() as pool:
        one = pool.submit(shared.run, slow, tiles_of(1), keys_of(1), [2])
        assert begun.wait(60)
        two = pool.submit(shared.run, other, tiles_of(1, 2), keys_of(1, 2), [2, 1])
        np.testing.assert_array_equal(two.result(60), 2 * tiles_of(1, 2))
        np.testing.assert_array_equal(one.result(60), 2 * tiles_of(1))
    assert shared.computed == 2


def test_the_failure_of_another_block_is_not_passed_on() -> None:
    shared, begun, asked = TileCache(), threading.Event(), threading.Event()

    def failing(tiles: Floats) -> Floats:
        begun.set()
        assert asked.wait(60)
        raise ValueError("no")

    def other(tiles: Floats) -> Floats:
        asked.set()
        return 2 * tiles

    with ThreadPoolExecutor() as pool:
        one = pool.submit(shared.run, failing, tiles_of(1), keys_of(1), [2])
        assert begun.wait(60)
        two = pool.submit(shared.run, other, tiles_of(1, 2), keys_of(1, 2), [2, 1])
        np.testing.assert_array_equal(two.result(60), 2 * tiles_of(1, 2))
        with pytest.raises(ValueError, match="no"):
            one.result(60)


def test_a_pickled_cache_is_empty() -> None:
    shared = TileCache(max_bytes=7)
    shared.run(Doubling(), tiles_of(1), keys_of(1), [2])
    again = pickle.loads(pickle.dumps(shared))
    assert (again.computed, again.max_bytes) == (0, 7)
