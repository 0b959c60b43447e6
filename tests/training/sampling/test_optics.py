from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from napari_nuclei.config import AugmentConfig
from napari_nuclei.training.sampling.optics import (
    augment_optics,
    compress_jpeg,
    defocus,
    vary_light,
)
from napari_nuclei.training.sampling.pyramid import Floats

NONE = AugmentConfig.none()
ALL = replace(NONE, light=1.0, defocus=1.0, jpeg=1.0)


@pytest.fixture
def colour(rng: np.random.Generator) -> Floats:
    return rng.random((48, 64, 3), np.float32)


@pytest.fixture
def grey(rng: np.random.Generator) -> Floats:
    return np.repeat(rng.random((48, 64, 1), np.float32), 3, axis=2)


@pytest.mark.parametrize("seed", range(10))
def test_values_stay_in_range_and_grey_stays_grey(
    colour: Floats, grey: Floats, seed: int
) -> None:
    for patch in (colour, grey):
        before = patch.copy()
        varied = augment_optics(patch, ALL, np.random.default_rng(seed))
        assert varied.dtype == np.float32
        assert varied.shape == patch.shape
        assert varied.min() >= 0
        assert varied.max() <= 1
        np.testing.assert_array_equal(patch, before)
    assert (varied == varied[..., :1]).all()


def test_nothing_changes_without_augmentation(colour: Floats) -> None:
    varied = augment_optics(colour, NONE, np.random.default_rng(0))
    np.testing.assert_array_equal(varied, colour)


def test_light_only_takes_light_away_and_tints_colours(colour: Floats) -> None:
    tinted = 0
    for seed in range(10):
        lit = vary_light(colour, 1.0, np.random.default_rng(seed))
        assert (lit <= colour + 1e-6).all()
        ratio = (lit / np.maximum(colour, 1e-3)).mean(axis=(0, 1))
        tinted += np.ptp(ratio) > 0.03
    assert tinted > 5


def test_defocus_spreads_a_point_over_a_disc_and_preserves_its_light() -> None:
    point = np.zeros((15, 15, 3), np.float32)
    point[7, 7] = 1
    blurred = defocus(point, 2.0)
    np.testing.assert_allclose(blurred.sum(axis=(0, 1)), 1, rtol=1e-5)
    assert blurred[7, 8, 0] == pytest.approx(blurred[7, 7, 0])
    assert blurred[7, 10, 0] == 0


def test_a_defocus_of_radius_0_changes_nothing(colour: Floats) -> None:
    np.testing.assert_allclose(defocus(colour, 0.0), colour, atol=1e-6)


def test_jpeg_keeps_colours_in_their_channels_and_loses_detail() -> None:
    red = np.zeros((32, 32, 3), np.float32)
    red[..., 0] = 0.8
    np.testing.assert_allclose(compress_jpeg(red, 90), red, atol=0.03)
    noise = np.random.default_rng(0).random((32, 32, 3), np.float32)
    coarse, fine = (
        np.abs(compress_jpeg(noise, quality) - noise).mean() for quality in (25, 90)
    )
    assert coarse > fine > 0
