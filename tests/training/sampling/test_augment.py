from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from napari_nuclei.config import AugmentConfig
from napari_nuclei.training.sampling.augment import augment_intensity, rotate_hue

Floats = NDArray[np.float32]

NONE = AugmentConfig.none()
STRONG = AugmentConfig(
    brightness=0.8,
    contrast=0.9,
    gamma=2,
    blur=4,
    noise=0.5,
    colour=0.8,
    hue=1,
    grey=0.3,
    invert=0.5,
)


@pytest.fixture
def colour(rng: np.random.Generator) -> Floats:
    return rng.random((24, 32, 3), np.float32)


@pytest.fixture
def grey(rng: np.random.Generator) -> Floats:
    return np.repeat(rng.random((24, 32, 1), np.float32), 3, axis=2)


@pytest.mark.parametrize("seed", range(30))
def test_values_stay_in_range_at_any_strength(colour: Floats, seed: int) -> None:
    varied = augment_intensity(colour, STRONG, np.random.default_rng(seed))
    assert varied.dtype == np.float32
    assert varied.shape == colour.shape
    assert np.isfinite(varied).all()
    assert varied.min() >= 0
    assert varied.max() <= 1


def test_nothing_changes_without_augmentation(colour: Floats) -> None:
    for seed in range(10):
        varied = augment_intensity(colour, NONE, np.random.default_rng(seed))
        np.testing.assert_array_equal(varied, colour)


@pytest.mark.parametrize(
    "variation",
    [
        {"brightness": 0.5},
        {"contrast": 0.5},
        {"gamma": 1.0},
        {"blur": 3.0},
        {"noise": 0.3},
        {"colour": 0.5},
        {"hue": 0.5},
        {"grey": 1.0},
        {"invert": 1.0},
    ],
    ids=lambda x: next(iter(x)),
)
def test_each_augmentation_works_alone(
    colour: Floats, variation: dict[str, float]
) -> None:
    config = replace(NONE, **variation)
    found = [
        augment_intensity(colour, config, np.random.default_rng(seed))
        for seed in range(20)
    ]
    assert any(not np.array_equal(patch, colour) for patch in found)


def test_inversion_turns_bright_into_dark(colour: Floats) -> None:
    config = replace(NONE, invert=1.0)
    varied = augment_intensity(colour, config, np.random.default_rng(0))
    np.testing.assert_array_equal(varied, 1 - colour)


@pytest.mark.parametrize("seed", range(10))
def test_grey_stays_grey(grey: Floats, seed: int) -> None:
    varied = augment_intensity(grey, STRONG, np.random.default_rng(seed))
    for channel in (1, 2):
        np.testing.assert_array_equal(varied[..., channel], varied[..., 0])


def test_the_same_seed_gives_the_same_augmentation(colour: Floats) -> None:
    one, same, other = (
        augment_intensity(colour, STRONG, np.random.default_rng(seed))
        for seed in (4, 4, 5)
    )
    np.testing.assert_array_equal(one, same)
    assert not np.array_equal(one, other)


def test_the_patch_is_not_modified(colour: Floats) -> None:
    before = colour.copy()
    colour.flags.writeable = False
    for seed in range(10):
        augment_intensity(colour, STRONG, np.random.default_rng(seed))
    np.testing.assert_array_equal(colour, before)


def test_a_hue_rotation_by_a_third_of_a_turn_permutes_the_channels(
    colour: Floats,
) -> None:
    turned = rotate_hue(colour, 2 * np.pi / 3)
    np.testing.assert_allclose(turned, np.roll(colour, 1, axis=2), atol=1e-6)


@pytest.mark.parametrize("angle", [0.0, 0.7, np.pi])
def test_rotating_the_hue_preserves_the_mean_of_the_channels(
    colour: Floats, angle: float
) -> None:
    turned = rotate_hue(colour, angle, 0.6)
    np.testing.assert_allclose(turned.mean(axis=2), colour.mean(axis=2), atol=1e-6)


def test_without_saturation_colours_are_grey(colour: Floats) -> None:
    turned = rotate_hue(colour, 1.0, 0.0)
    np.testing.assert_allclose(turned[..., 0], turned[..., 2], atol=1e-6)


def test_colours_made_grey_have_the_same_brightness(colour: Floats) -> None:
    config = replace(NONE, grey=1.0)
    varied = augment_intensity(colour, config, np.random.default_rng(0))
    expected = np.repeat(colour.mean(axis=2, keepdims=True), 3, axis=2)
    np.testing.assert_allclose(varied, expected, atol=1e-6)
