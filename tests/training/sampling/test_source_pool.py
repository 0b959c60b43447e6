from __future__ import annotations

import gc
from collections.abc import Callable

import numpy as np
import pytest

from napari_nuclei.data.datasets import Sample
from napari_nuclei.training.sampling.pyramid import (
    SamplePyramid,
    build_pyramid,
    pyramid_bytes,
)
from napari_nuclei.training.sampling.source_pool import (
    SourcePool,
    load_pyramid,
    save_pyramid,
)


def make_sample(number: int) -> Sample:
    rng = np.random.default_rng(number)
    labels = np.zeros((40, 50), np.int32)
    labels[5:15, 5:20], labels[20:34, 25:40] = 1, 2
    annotated = np.ones(labels.shape, bool) if number % 2 else None
    image = rng.integers(0, 255, (40, 50, 3)).astype(np.uint8)
    return Sample(f"image {number}", image, labels, annotated)


class Readers:
    """Count how often each of ten images is read."""

    def __init__(self) -> None:
        self.counts = [0] * 10

    def __call__(self) -> list[Callable[[], SamplePyramid]]:
        def reader(number: int) -> Callable[[], SamplePyramid]:
            def read() -> SamplePyramid:
                self.counts[number] += 1
                return build_pyramid(make_sample(number))

            return read

        return [reader(number) for number in range(10)]


def assert_equal(one: SamplePyramid, other: SamplePyramid) -> None:
    for first, second in zip(
        (*one.images, *one.targets, one.instance_ids, one.centres),
        (*other.images, *other.targets, other.instance_ids, other.centres),
        strict=True,
    ):
        np.testing.assert_array_equal(first, second)
        assert first.dtype == second.dtype
    assert (one.kind, one.diameter) == (other.kind, other.diameter)
    assert (one.annotated_positions is None) == (other.annotated_positions is None)
    if one.annotated_positions is not None:
        np.testing.assert_array_equal(
            one.annotated_positions, other.annotated_positions
        )


def test_nothing_is_read_before_it_is_needed() -> None:
    readers = Readers()
    pool = SourcePool(readers())
    assert len(pool) == 10
    assert sum(readers.counts) == pool.read_count == 0
    pool[3]
    assert readers.counts[3] == sum(readers.counts) == pool.read_count == 1


@pytest.mark.parametrize("cached", [1, 3, 10])
def test_each_image_is_read_once_however_small_the_memory(cached: int) -> None:
    readers = Readers()
    size = pyramid_bytes(build_pyramid(make_sample(1)))
    pool = SourcePool(readers(), cache_bytes=cached * size)
    for _ in range(3):
        for number in range(10):
            assert_equal(pool[number], build_pyramid(make_sample(number)))
    assert readers.counts == [1] * 10
    assert pool.read_count == 10


def test_memory_stays_within_its_limit() -> None:
    size = pyramid_bytes(build_pyramid(make_sample(1)))
    pool = SourcePool(Readers()(), cache_bytes=3 * size)
    for number in range(10):
        pool[number]
        assert sum(map(pyramid_bytes, pool._cache.values())) <= 3 * size


def test_the_temporary_folder_is_removed_with_the_pool(monkeypatch, tmp_path) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    pool = SourcePool(Readers()(), cache_bytes=1)
    list(pool)
    assert len(list(tmp_path.glob("*/*.npz"))) == 9
    del pool
    gc.collect()
    assert not list(tmp_path.iterdir())


def test_a_pool_is_a_sequence() -> None:
    pool = SourcePool(Readers()())
    assert_equal(pool[-1], pool[9])
    assert len(pool[2:5]) == 3
    assert len(list(pool)) == 10
    with pytest.raises(IndexError):
        pool[10]


@pytest.mark.parametrize("number", [0, 1], ids=["complete", "annotated mask"])
def test_a_written_pyramid_is_read_back_unchanged(tmp_path, number: int) -> None:
    pyramid = build_pyramid(make_sample(number))
    save_pyramid(tmp_path / "a.npz", pyramid)
    assert_equal(load_pyramid(tmp_path / "a.npz"), pyramid)
