from __future__ import annotations

import numpy as np
import pytest

from napari_nuclei.core.intensity.padding import find_padding


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
