from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from napari_nuclei.config import AugmentConfig
from napari_nuclei.training.sampling.fluorescence import (
    add_background,
    add_shot_noise,
    augment_fluorescence,
    is_fluorescence,
    saturate,
)
from napari_nuclei.training.sampling.pyramid import Floats

NONE = AugmentConfig.none()
ALL = replace(NONE, background=1.0, shot_noise=1.0, hot_pixels=1.0)


@pytest.fixture
def inside(discs):
    return discs((96, 96), [(25, 25, 12), (65, 60, 14), (75, 15, 10)]) > 0


@pytest.fixture
def plane(inside) -> Floats:
    return np.where(inside, 0.8, 0.05).astype(np.float32)


@pytest.fixture
def patch(plane: Floats) -> Floats:
    return np.repeat(plane[..., np.newaxis], 3, axis=2)


@pytest.mark.parametrize("seed", range(20))
def test_patches_stay_grey_and_in_range(patch: Floats, seed: int) -> None:
    before = patch.copy()
    varied = augment_fluorescence(patch, ALL, np.random.default_rng(seed))
    assert varied.dtype == np.float32
    assert varied.min() >= 0
    assert varied.max() <= 1
    assert (varied == varied[..., :1]).all()
    assert not np.array_equal(varied, before)
    np.testing.assert_array_equal(patch, before)


def test_bright_and_coloured_patches_are_unchanged(patch: Floats) -> None:
    coloured = patch * np.array([1, 0.5, 0], np.float32)
    for other in (1 - patch, coloured):
        assert not is_fluorescence(other)
        varied = augment_fluorescence(other, ALL, np.random.default_rng(0))
        np.testing.assert_array_equal(varied, other)


def test_nothing_changes_without_augmentation(patch: Floats) -> None:
    varied = augment_fluorescence(patch, NONE, np.random.default_rng(0))
    np.testing.assert_array_equal(varied, patch)


def test_noise_reaches_a_contrast_to_noise_of_about_1_5(plane: Floats, inside) -> None:
    ratios = []
    for seed in range(200):
        noisy = add_shot_noise(plane, np.random.default_rng(seed))
        contrast = noisy[inside].mean() - noisy[~inside].mean()
        ratios.append(contrast / noisy[~inside].std())
    assert 1.2 < min(ratios) < 2
    assert max(ratios) > 10


def test_bright_pixels_are_noisier_than_dark_ones(plane: Floats, inside) -> None:
    bright = dark = 0.0
    for seed in range(40):
        noisy = add_shot_noise(plane * 0.7, np.random.default_rng(seed))
        bright += noisy[inside].std()
        dark += noisy[~inside].std()
    assert bright > dark


def test_background_is_uneven_and_leaves_nuclei_brighter(plane: Floats, inside) -> None:
    for seed in range(20):
        lit = add_background(plane, np.random.default_rng(seed))
        assert lit.max() <= 1
        assert lit[~inside].std() > plane[~inside].std()
        assert lit[inside].mean() > lit[~inside].mean()


def test_few_pixels_become_hot(plane: Floats, inside) -> None:
    hottest = 0.0
    for seed in range(20):
        hot = saturate(plane, np.random.default_rng(seed))
        fraction = (hot > plane + 0.3)[~inside].mean()
        assert fraction < 0.02
        hottest = max(hottest, fraction)
    assert hottest > 0
