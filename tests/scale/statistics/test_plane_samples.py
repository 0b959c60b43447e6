from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from napari_nuclei.core.axes import make_layout
from napari_nuclei.scale.statistics import plane_samples
from napari_nuclei.scale.statistics.plane_samples import (
    find_textured_windows,
    iter_row_bands,
    patch_grid,
    read_patches,
    sample_plane,
)


class CountingArray:
    """An array that counts the pixels that are read."""

    def __init__(self, pixels: NDArray[Any]) -> None:
        self.pixels, self.read = pixels, 0
        self.shape, self.dtype = pixels.shape, pixels.dtype

    def __getitem__(self, index: Any) -> NDArray[Any]:
        part = self.pixels[index]
        self.read += part.size
        return part


def test_patches_of_a_large_plane_are_read_once(
    monkeypatch: pytest.MonkeyPatch, rng: np.random.Generator
) -> None:
    monkeypatch.setattr(plane_samples, "MAX_FULL_READ_PIXELS", 1000)
    monkeypatch.setattr(plane_samples, "MAX_STRIDED_PIXELS", 1000)
    monkeypatch.setattr(plane_samples, "PATCHES_PER_AXIS", 3)
    monkeypatch.setattr(plane_samples, "PATCH_SIZE", 20)
    pixels = CountingArray(rng.integers(0, 255, (400, 500), np.uint8))
    layout = make_layout(pixels.shape)
    patches = read_patches(pixels, layout, ())
    find_textured_windows(layout.plane_shape, patches)
    sample = sample_plane(pixels, layout, (), patches)
    assert sample.size == pixels.read == 9 * 20 * 20
    np.testing.assert_array_equal(sample[-20:, -20:], pixels.pixels[-20:, -20:])


def test_the_windows_of_highest_contrast_are_found(
    monkeypatch: pytest.MonkeyPatch, rng: np.random.Generator
) -> None:
    monkeypatch.setattr(plane_samples, "MAX_FULL_READ_PIXELS", 1000)
    monkeypatch.setattr(plane_samples, "DIAMETER_REGION_SIZE", 100)
    monkeypatch.setattr(plane_samples, "PATCH_SIZE", 40)
    pixels = np.zeros((300, 400), np.uint8)
    pixels[200:, 100:200] = rng.integers(0, 255, (100, 100), np.uint8)
    patches = read_patches(pixels, make_layout(pixels.shape), ())
    windows = find_textured_windows(pixels.shape, patches)
    assert str(windows[0]) == "rows 200 to 300, columns 100 to 200"
    assert len(windows) == 3


def test_a_small_plane_is_one_window(image: NDArray[np.uint8]) -> None:
    patches = read_patches(image, make_layout(image.shape), ())
    (window,) = find_textured_windows(image.shape, patches)
    assert (patches, window.shape) == ([], image.shape)


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
