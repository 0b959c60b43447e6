from __future__ import annotations

import numpy as np
import pytest

from napari_nuclei.training.sampling.pyramid import Floats
from napari_nuclei.training.sampling.stain_augment import augment_dab, is_stained_tissue

PINK, PURPLE = (0.95, 0.75, 0.9), (0.45, 0.25, 0.65)


@pytest.fixture
def targets(discs) -> Floats:
    found = np.zeros((1, 64, 64, 5), np.float32)
    found[0, ..., 0] = discs((64, 64), [(20, 20, 9), (44, 40, 10), (50, 10, 7)]) > 0
    return found


@pytest.fixture
def tissue(targets: Floats) -> Floats:
    return np.where(targets[..., :1] > 0, PURPLE, PINK).astype(np.float32)


@pytest.mark.parametrize("seed", range(20))
def test_nuclei_are_bluer_and_the_rest_is_browner(
    tissue: Floats, targets: Floats, seed: int
) -> None:
    stained = augment_dab(tissue, targets, 1.0, np.random.default_rng(seed))
    assert stained.dtype == np.float32
    assert stained.min() >= 0
    assert stained.max() <= 1
    red_over_blue = stained[..., 0] - stained[..., 2]
    inside = targets[..., 0] > 0
    assert red_over_blue[inside].mean() < red_over_blue[~inside].mean() - 0.02


def test_brown_can_be_darker_than_nuclei(tissue: Floats, targets: Floats) -> None:
    inside = targets[..., 0] > 0
    darker = 0
    for seed in range(40):
        grey = augment_dab(tissue, targets, 1.0, np.random.default_rng(seed)).mean(-1)
        darker += grey[~inside].mean() < grey[inside].mean()
    assert 5 <= darker <= 35


def test_patches_without_stained_tissue_do_not_change(
    tissue: Floats, targets: Floats
) -> None:
    grey = np.repeat(tissue.mean(axis=-1, keepdims=True), 3, axis=-1)
    dark = 1 - tissue
    for images in (grey, dark, dark * (0, 0, 1)):
        images = images.astype(np.float32)
        assert not is_stained_tissue(images[0])
        rng = np.random.default_rng(0)
        np.testing.assert_array_equal(augment_dab(images, targets, 1.0, rng), images)


def test_the_fraction_sets_how_many_patches_are_recoloured(
    tissue: Floats, targets: Floats
) -> None:
    many = np.repeat(tissue, 200, axis=0), np.repeat(targets, 200, axis=0)
    for fraction in (0.0, 0.3):
        stained = augment_dab(*many, fraction, np.random.default_rng(0))
        changed = (stained != many[0]).any(axis=(1, 2, 3))
        assert changed.mean() == pytest.approx(fraction, abs=0.1)


def test_patches_without_nuclei_are_recoloured_too(
    tissue: Floats, targets: Floats
) -> None:
    nothing = np.zeros_like(targets)
    stained = augment_dab(tissue, nothing, 1.0, np.random.default_rng(0))
    assert np.isfinite(stained).all()
    assert (stained != tissue).any()


def test_the_same_seed_gives_the_same_result_and_inputs_are_not_modified(
    tissue: Floats, targets: Floats
) -> None:
    before = tissue.copy()
    one, two = (
        augment_dab(tissue, targets, 1.0, np.random.default_rng(5)) for _ in range(2)
    )
    np.testing.assert_array_equal(one, two)
    np.testing.assert_array_equal(tissue, before)
