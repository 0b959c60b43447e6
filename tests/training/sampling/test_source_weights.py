from __future__ import annotations

import numpy as np
import pytest

from napari_nuclei.data.datasets import Sample
from napari_nuclei.training.sampling.pyramid import SamplePyramid, build_pyramid
from napari_nuclei.training.sampling.source_pool import SourcePool
from napari_nuclei.training.sampling.source_weights import (
    SourceStatistics,
    dataset_weights,
    kind_weights,
    sampling_weights,
)

COMMON, RARE = (False, False, 4), (True, True, 5)


def test_each_data_set_is_drawn_by_its_weight_whatever_its_size() -> None:
    statistics = [SourceStatistics(COMMON, 20)] * 90 + [SourceStatistics(RARE, 5)] * 10
    datasets = ["large"] * 90 + ["small"] * 10
    found = dataset_weights(statistics, datasets, {"large": 1.0, "small": 0.5})
    assert found.sum() == pytest.approx(1)
    assert found[90:].sum() == pytest.approx(1 / 3)


def test_rare_kinds_and_images_with_many_nuclei_are_drawn_more_often() -> None:
    few, many = SourceStatistics(COMMON, 3), SourceStatistics(COMMON, 63)
    rare = SourceStatistics(RARE, 3)
    found = kind_weights([few, few, many, few, rare])
    assert found[2] == pytest.approx(4 * found[0])
    assert found[4] == pytest.approx(2 * found[0])


def test_an_image_that_was_not_read_counts_like_the_mean() -> None:
    few, many = SourceStatistics(COMMON, 3), SourceStatistics(COMMON, 63)
    found = kind_weights([few, many, None])
    assert found[2] == pytest.approx((found[0] + found[1]) / 2)
    np.testing.assert_allclose(kind_weights([None] * 4), 0.25)


def test_the_weights_of_one_data_set_are_those_of_its_pyramids(
    rng: np.random.Generator,
) -> None:
    labels = np.zeros((30, 30), np.int32)
    labels[3:12, 3:12] = 1
    images = [
        rng.integers(0, high, (30, 30, 3)).astype(np.uint8) for high in (9, 99, 255)
    ]
    sources = [build_pyramid(Sample(str(n), x, labels)) for n, x in enumerate(images)]
    statistics = [SourceStatistics.of(source) for source in sources]
    np.testing.assert_allclose(
        dataset_weights(statistics, ["a"] * 3, {"a": 2.0}), sampling_weights(sources)
    )


def test_a_pool_is_drawn_by_its_own_weights_without_reading_images() -> None:
    weights = np.array([0.75, 0.25])

    def read() -> SamplePyramid:
        raise AssertionError("an image was read")

    np.testing.assert_array_equal(
        sampling_weights(SourcePool([read, read], weights)), weights
    )
