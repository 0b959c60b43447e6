from __future__ import annotations

import cv2
import numpy as np
import pytest

from napari_nuclei.core.intensity.noise import (
    estimate_noise,
    is_noise,
    is_normal,
    remove_illumination,
)
from napari_nuclei.core.synthetic import synthetic_nuclei


def noise_field(grain: float, side: int = 512, seed: int = 0) -> np.ndarray:
    field = np.random.default_rng(seed).normal(size=(side, side)).astype(np.float32)
    return cv2.GaussianBlur(field, (0, 0), grain) if grain else field


@pytest.mark.parametrize("side", [512, 1300])
@pytest.mark.parametrize("grain", [0, 1, 2, 4, 8, 12])
def test_noise_of_any_grain_is_recognised(grain: float, side: int) -> None:
    assert is_noise(noise_field(grain, side))


def test_shot_noise_is_recognised() -> None:
    counts = np.random.default_rng(0).poisson(30, (400, 500))
    assert is_noise(counts.astype(np.float32))


@pytest.mark.parametrize("diameter", [12, 20, 40])
def test_nuclei_are_not_noise(diameter: float) -> None:
    image, _ = synthetic_nuclei((512, 512), diameter=diameter, seed=2)
    assert not is_noise(image.astype(np.float32))


def test_a_plane_with_one_nucleus_is_not_noise(discs) -> None:
    plane = noise_field(0) + 10 * (discs((512, 512), [(200, 300, 12)]) > 0)
    assert not is_noise(plane.astype(np.float32))


def test_nuclei_on_a_steep_gradient_are_not_noise(discs) -> None:
    spots = [(y, x, 9) for y in range(30, 500, 40) for x in range(30, 500, 40)]
    rows, columns = np.mgrid[:512, :512]
    plane = noise_field(0) + 20 * (discs((512, 512), spots) > 0) + (rows + columns) / 5
    assert not is_noise(plane.astype(np.float32))


def test_a_constant_plane_is_not_noise() -> None:
    assert not is_noise(np.full((300, 300), 7, np.float32))


def test_a_small_crop_is_never_called_noise() -> None:
    assert not is_noise(noise_field(2, side=40))


@pytest.mark.parametrize("sigma", [0.5, 3, 40])
def test_nuclei_do_not_change_the_noise_estimate(sigma: float) -> None:
    rng = np.random.default_rng(0)
    image, _ = synthetic_nuclei((512, 512), seed=1)
    smooth = cv2.GaussianBlur(image.astype(np.float32), (0, 0), 2)
    plane = smooth + rng.normal(0, sigma, smooth.shape).astype(np.float32)
    assert estimate_noise(plane) == pytest.approx(sigma, rel=0.15, abs=0.15)


def test_illumination_is_removed_and_objects_stay() -> None:
    rows, _ = np.mgrid[:256, :256].astype(np.float32)
    flat = remove_illumination(rows, 16)
    assert np.abs(flat[64:-64]).max() < 2
    spot = np.zeros((256, 256), np.float32)
    spot[120:128, 120:128] = 1
    assert remove_illumination(spot, 32)[124, 124] > 0.9


def test_a_two_valued_field_is_not_normal() -> None:
    field = cv2.GaussianBlur((noise_field(0) > 1.5).astype(np.float32), (0, 0), 2)
    assert not is_normal(field, 2)


@pytest.mark.parametrize(
    "shape", [(3, 2000), (2000, 2), (5, 5), (15, 40), (8, 20000), (20000, 2)]
)
def test_a_narrow_plane_is_never_called_noise(shape: tuple[int, int]) -> None:
    plane = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    assert not is_noise(plane)
