from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from napari_nuclei.config import SegmentConfig
from napari_nuclei.core.axes import make_layout
from napari_nuclei.core.diameter import TARGET_RATIO
from napari_nuclei.core.normalize import percentile_limits
from napari_nuclei.core.segmenter import Segmenter
from napari_nuclei.scale import image_statistics
from napari_nuclei.scale.image_statistics import (
    MAX_SCALE_DENOMINATOR,
    approximate_fraction,
    compute_image_statistics,
    find_textured_regions,
    iter_row_bands,
    patch_grid,
    sample_plane,
)

NATIVE = SegmentConfig(diameter="native")


def test_each_plane_has_the_limits_that_it_has_in_memory(
    segmenter: Segmenter, image: NDArray[np.uint8]
) -> None:
    stack = np.stack([image, image // 2, np.full_like(image, 9)])
    found = compute_image_statistics(
        segmenter, stack, make_layout(stack.shape, "ZYX"), NATIVE, None
    )
    limits = tuple(preparation.limits for preparation in found.preparations)
    assert limits == tuple(percentile_limits(plane) for plane in stack)
    assert found.scale == 1


@pytest.mark.parametrize("scale", [0.04, 0.3334, 0.7, 1.0, 1.6, 7.9])
def test_a_scale_becomes_a_fraction_of_small_numbers(scale: float) -> None:
    fraction = approximate_fraction(scale)
    assert float(fraction) == pytest.approx(scale, rel=0.04)
    assert min(fraction.numerator, fraction.denominator) <= MAX_SCALE_DENOMINATOR


def test_the_scale_follows_from_the_diameter(
    segmenter: Segmenter, image: NDArray[np.uint8]
) -> None:
    config = SegmentConfig(diameter=32)
    found = compute_image_statistics(
        segmenter, image, make_layout(image.shape), config, None
    )
    assert found.scale == approximate_fraction(TARGET_RATIO / 2) == Fraction(10, 11)


class CountingArray:
    """An array that counts the pixels that are read."""

    def __init__(self, pixels: NDArray[Any]) -> None:
        self.pixels, self.read = pixels, 0
        self.shape, self.dtype = pixels.shape, pixels.dtype

    def __getitem__(self, index: Any) -> NDArray[Any]:
        part = self.pixels[index]
        self.read += part.size
        return part


def test_only_patches_of_a_large_plane_are_read(
    monkeypatch: pytest.MonkeyPatch, rng: np.random.Generator
) -> None:
    monkeypatch.setattr(image_statistics, "MAX_STRIDED_PIXELS", 1000)
    monkeypatch.setattr(image_statistics, "PATCHES_PER_AXIS", 3)
    monkeypatch.setattr(image_statistics, "PATCH_SIZE", 20)
    pixels = CountingArray(rng.integers(0, 255, (400, 500), np.uint8))
    sample = sample_plane(pixels, make_layout(pixels.shape), ())
    assert sample.size == pixels.read == 9 * 20 * 20


def test_the_regions_of_highest_contrast_are_found(
    monkeypatch: pytest.MonkeyPatch, rng: np.random.Generator
) -> None:
    monkeypatch.setattr(image_statistics, "MAX_FULL_READ_PIXELS", 1000)
    monkeypatch.setattr(image_statistics, "DIAMETER_REGION_SIZE", 100)
    monkeypatch.setattr(image_statistics, "PATCH_SIZE", 40)
    pixels = np.zeros((300, 400), np.uint8)
    pixels[200:, 100:200] = rng.integers(0, 255, (100, 100), np.uint8)
    regions = find_textured_regions(pixels, make_layout(pixels.shape), ())
    np.testing.assert_array_equal(regions[0], pixels[200:, 100:200])
    assert len(regions) == 3


def test_a_small_plane_is_one_region(image: NDArray[np.uint8]) -> None:
    (region,) = find_textured_regions(image, make_layout(image.shape), ())
    np.testing.assert_array_equal(region, image)


def test_row_bands_hold_every_row_once_and_start_at_multiples() -> None:
    bands = list(iter_row_bands((5000, 7), 3))
    assert [row for band in bands for row in range(band.top, band.bottom)] == list(
        range(5000)
    )
    assert all(band.top % 3 == 0 for band in bands)


def test_patches_reach_every_corner_of_a_plane() -> None:
    patches = patch_grid((3000, 5000))
    assert (patches[0].top, patches[0].left) == (0, 0)
    assert (patches[-1].bottom, patches[-1].right) == (3000, 5000)
