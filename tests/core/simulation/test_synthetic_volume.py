from __future__ import annotations

import numpy as np
import pytest

from napari_nuclei.core.measure.nuclei import measure
from napari_nuclei.core.simulation.synthetic_volume import synthetic_volume


@pytest.mark.parametrize("anisotropy", [1.0, 4.0])
def test_nuclei_are_as_wide_and_high_as_asked(anisotropy: float) -> None:
    shape = (round(60 / anisotropy), 120, 120)
    image, truth = synthetic_volume(shape, anisotropy=anisotropy, filled=0.05)
    assert image.shape == truth.shape == shape
    voxel = (anisotropy, 1.0, 1.0)
    table = measure(truth, image, axes="ZYX", joined=True, pixel_size=voxel)
    whole = table[~table["touches_border"]]
    assert len(whole) >= 4
    assert whole["diameter_um"].median() == pytest.approx(18, rel=0.15)
    assert whole["extent_z"].median() == pytest.approx(18 / anisotropy, rel=0.3)
    assert (table["intensity_mean"] > np.median(image[truth == 0]) + 100).all()


def test_the_same_seed_gives_the_same_stack() -> None:
    first, second, other = (
        synthetic_volume((6, 50, 50), seed=seed)[0] for seed in (4, 4, 5)
    )
    np.testing.assert_array_equal(first, second)
    assert (first != other).any()


def test_blur_shows_nuclei_in_slices_without_them() -> None:
    for blur, is_brighter in ((0.0, False), (2.0, True)):
        image, truth = synthetic_volume((20, 80, 80), filled=0.02, blur_z=blur, noise=0)
        column = (truth > 0).any(axis=0) & ~(truth > 0)
        above = image[column].mean() - np.median(image[truth == 0])
        assert (above > 30) == is_brighter
