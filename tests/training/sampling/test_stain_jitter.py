from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from skimage.color import hed2rgb, rgb2hed

from napari_nuclei.config import AugmentConfig
from napari_nuclei.training.sampling.pyramid import Floats
from napari_nuclei.training.sampling.stain_jitter import (
    augment_stains,
    jitter_stains,
    mix_stains,
)
from napari_nuclei.training.sampling.stain_separation import optical_density

NONE = AugmentConfig.none()
STRONG = replace(NONE, stain=1.0, stain_mix=1.0, counterstain=0.5)


@pytest.fixture
def tissue(discs, rng: np.random.Generator) -> Floats:
    """Return blue nuclei in pink tissue, made with scikit-image's stains."""
    inside = discs((64, 64), [(20, 20, 9), (44, 40, 10), (50, 10, 7)]) > 0
    amounts = np.zeros((64, 64, 3))
    amounts[..., 0] = np.where(inside, 0.08, 0.01)
    amounts[..., 1] = np.where(inside, 0.01, 0.05)
    amounts += rng.uniform(0, 0.01, amounts.shape)
    return hed2rgb(amounts).astype(np.float32)


@pytest.fixture
def pale(tissue: Floats) -> Floats:
    return tissue[::-1] ** np.float32(0.5) * np.array([1, 0.97, 0.9], np.float32)


@pytest.mark.parametrize("seed", range(20))
def test_values_stay_in_range_and_inputs_unchanged(
    tissue: Floats, pale: Floats, seed: int
) -> None:
    patches = [tissue.copy(), pale.copy()]
    varied = augment_stains(patches, STRONG, np.random.default_rng(seed))
    for patch, original, before in zip(varied, (tissue, pale), patches, strict=True):
        assert patch.dtype == np.float32
        assert patch.min() >= 0
        assert patch.max() <= 1
        assert not np.array_equal(patch, original)
        np.testing.assert_array_equal(before, original)


def test_only_stained_tissue_is_varied(tissue: Floats) -> None:
    grey = np.repeat(tissue.mean(axis=-1, keepdims=True), 3, axis=-1)
    patches = [grey, 1 - tissue, tissue]
    varied = augment_stains(patches, STRONG, np.random.default_rng(0))
    np.testing.assert_array_equal(varied[0], grey)
    np.testing.assert_array_equal(varied[1], 1 - tissue)
    assert not np.array_equal(varied[2], tissue)


def test_nothing_changes_without_augmentation(tissue: Floats, pale: Floats) -> None:
    varied = augment_stains([tissue, pale], NONE, np.random.default_rng(0))
    np.testing.assert_array_equal(varied[0], tissue)


def test_strength_0_reproduces_the_density(tissue: Floats) -> None:
    density = optical_density(tissue)
    same = jitter_stains(density, 0.0, np.random.default_rng(0))
    np.testing.assert_allclose(same, density, atol=1e-4)


def test_stronger_jitter_changes_more(tissue: Floats) -> None:
    density = optical_density(tissue)
    change = [
        np.mean(
            [
                np.abs(
                    jitter_stains(density, strength, np.random.default_rng(seed))
                    - density
                ).mean()
                for seed in range(30)
            ]
        )
        for strength in (0.1, 0.4, 1.0)
    ]
    assert change[0] < change[1] < change[2]


def test_exchanged_eosin_vanishes_or_becomes_brown(tissue: Floats) -> None:
    density = optical_density(tissue)
    before = rgb2hed(tissue)[..., 1:].mean(axis=(0, 1))
    faded = brown = 0
    for seed in range(40):
        swapped = jitter_stains(density, 0.0, np.random.default_rng(seed), swap=True)
        eosin, dab = rgb2hed(np.exp(-swapped))[..., 1:].mean(axis=(0, 1))
        assert eosin < before[0] / 2
        brown += dab > 2 * before[1]
        faded += dab < 2 * before[1]
    assert 8 <= faded <= 24
    assert brown + faded == 40


def test_mixing_moves_the_mean_colour_towards_the_other_patch(
    tissue: Floats, pale: Floats
) -> None:
    density, other = optical_density(tissue), optical_density(pale)
    target = other.mean(axis=(0, 1))
    distance = np.abs(density.mean(axis=(0, 1)) - target).sum()
    for seed in range(10):
        mixed = mix_stains(density, other, np.random.default_rng(seed))
        assert np.abs(mixed.mean(axis=(0, 1)) - target).sum() < distance


def test_a_patch_alone_keeps_its_own_stains(tissue: Floats) -> None:
    config = replace(NONE, stain_mix=1.0)
    varied = augment_stains([tissue], config, np.random.default_rng(0))
    np.testing.assert_allclose(varied[0], tissue, atol=1e-5)
