from __future__ import annotations

import numpy as np
import pytest

from napari_nuclei.training.sampling.pyramid import Floats
from napari_nuclei.training.sampling.stain_separation import (
    Stains,
    estimate_stains,
    optical_density,
    transfer_stains,
)

HAEMATOXYLIN, EOSIN = np.array([0.65, 0.70, 0.29]), np.array([0.09, 0.95, 0.28])
BROWN = np.array([0.27, 0.57, 0.78])


def stain(first: Floats, second: Floats, rng: np.random.Generator) -> Floats:
    """Return the density of a patch with pure and mixed regions of two stains."""
    amounts = rng.uniform(0.3, 1.2, (60, 60, 2))
    amounts[:20, :, 1] = 0
    amounts[40:, :, 0] = 0
    return (amounts @ np.stack([first, second])).astype(np.float32)


def angle(one: Floats, other: Floats) -> float:
    cosine = one @ other / np.linalg.norm(one) / np.linalg.norm(other)
    return float(np.degrees(np.arccos(np.clip(cosine, -1, 1))))


def test_the_stains_of_a_patch_are_recovered(rng: np.random.Generator) -> None:
    found = estimate_stains(stain(HAEMATOXYLIN, EOSIN, rng))
    assert found is not None
    assert angle(found.vectors[0], HAEMATOXYLIN) < 2
    assert angle(found.vectors[1], EOSIN) < 2
    np.testing.assert_allclose(found.strengths, 1.2, rtol=0.05)


@pytest.mark.parametrize("empty", ["white", "one stain"])
def test_a_patch_with_fewer_than_two_stains_has_no_estimate(
    empty: str, rng: np.random.Generator
) -> None:
    amounts = rng.uniform(0.5, 1.5, (60, 60, 1)) * (empty != "white")
    assert estimate_stains((amounts * HAEMATOXYLIN).astype(np.float32)) is None


def test_a_full_transfer_gives_the_stains_of_the_other_patch(
    rng: np.random.Generator,
) -> None:
    density = stain(HAEMATOXYLIN, EOSIN, rng)
    other = estimate_stains(stain(HAEMATOXYLIN, BROWN, rng) * 0.7)
    own = estimate_stains(density)
    assert own is not None
    assert other is not None
    found = estimate_stains(transfer_stains(density, own, other, 1.0))
    assert found is not None
    for number in range(2):
        assert angle(found.vectors[number], other.vectors[number]) < 1
    np.testing.assert_allclose(found.strengths, other.strengths, rtol=0.05)


def test_a_transfer_of_fraction_0_changes_nothing(rng: np.random.Generator) -> None:
    density = rng.uniform(0, 2, (40, 40, 3)).astype(np.float32)
    own = Stains(np.stack([HAEMATOXYLIN, EOSIN]), np.ones(2))
    other = Stains(np.stack([HAEMATOXYLIN, BROWN]), np.full(2, 3.0))
    unchanged = transfer_stains(density, own, other, 0.0)
    np.testing.assert_allclose(unchanged, density, atol=1e-5)


def test_density_is_the_negative_logarithm_of_light_and_is_limited() -> None:
    light = np.array([[[1.0, np.exp(-1), 0.0]]], np.float32)
    np.testing.assert_allclose(
        optical_density(light)[0, 0], [0, 1, np.log(255)], atol=1e-6
    )
