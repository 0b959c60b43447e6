from __future__ import annotations

import json

import numpy as np
import pytest
from numpy.typing import NDArray

from napari_nuclei.core.blocks import Window
from napari_nuclei.core.intensity.padding import fill_padding, find_padding
from napari_nuclei.core.intensity.preparation import Preparation
from napari_nuclei.core.normalize import percentile_limits


@pytest.fixture
def plane() -> np.ndarray:
    values = np.random.default_rng(0).normal(1000, 50, (100, 100))
    values[30:50, 30:50] += 800
    return values.astype(np.float32)


@pytest.mark.parametrize("value", [0, -1000, 65535])
def test_a_border_far_from_all_values_is_padding(plane, value: float) -> None:
    plane[:20] = value
    assert find_padding(plane) == value


def test_a_plane_without_padding_has_none(plane) -> None:
    assert find_padding(plane) is None


def test_a_few_dead_pixels_are_no_padding(plane) -> None:
    plane[3, 3] = 0
    assert find_padding(plane) is None


def test_a_saturated_nucleus_is_no_padding(plane) -> None:
    assert find_padding(plane.clip(None, 1750)) is None


def test_a_clipped_background_is_no_padding(plane) -> None:
    assert find_padding(plane.clip(1010, None)) is None


def test_a_mask_has_no_padding() -> None:
    mask = np.zeros((50, 50), np.float32)
    mask[10:20, 10:20] = 200
    assert find_padding(mask) is None


@pytest.fixture
def tissue() -> NDArray[np.uint8]:
    """Return purple spots on pink, between 60 and 220."""
    rng = np.random.default_rng(0)
    pixels = np.array((210, 150, 190)) + rng.integers(-10, 10, (100, 120, 3))
    pixels[::7, ::5] = (90, 70, 130)
    return pixels.astype(np.uint8)


@pytest.mark.parametrize("value", [0, 255], ids=["black", "white"])
def test_padding_of_a_colour_image_gets_the_median_colour(
    tissue: NDArray[np.uint8], value: int
) -> None:
    padded = tissue.copy()
    padded[:30] = value
    whole = Window(0, 100, 0, 120)
    plain = Preparation(percentile_limits(padded))
    chosen = fill_padding(padded, plain)
    assert chosen.padding == value
    assert chosen.fill_colour == pytest.approx((209, 149, 189), abs=3)
    assert chosen.limits == pytest.approx(percentile_limits(tissue), abs=2)
    prepared = chosen.apply(padded, whole)
    crop = Preparation(chosen.limits).apply(tissue, whole)
    np.testing.assert_array_equal(prepared[30:], crop[30:])
    assert np.ptp(prepared[:30], axis=(0, 1)).max() == 0
    window = Window(20, 60, 10, 70)
    part = chosen.apply(padded[window.index], window)
    np.testing.assert_array_equal(part, prepared[window.index])
    again = Preparation.from_dict(json.loads(json.dumps(chosen.as_dict())))
    assert again.as_dict() == chosen.as_dict()
    assert "far from all others" in chosen.describe()[0]


def test_a_colour_image_without_padding_is_only_scaled(
    tissue: NDArray[np.uint8],
) -> None:
    plain = Preparation(percentile_limits(tissue))
    assert fill_padding(tissue, plain) is plain
    glass = tissue.copy()
    glass[:30] = np.linspace(200, 255, 30)[:, np.newaxis, np.newaxis]
    glass[:10] = 255
    assert fill_padding(glass, plain) is plain
    coloured = tissue.copy()
    coloured[:30] = (0, 0, 2)
    assert fill_padding(coloured, plain) is plain
