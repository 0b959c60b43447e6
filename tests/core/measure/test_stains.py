from __future__ import annotations

import numpy as np
import pytest
from skimage.color import hed2rgb, rgb2hed

from napari_nuclei.core.measure.nuclei import measure
from napari_nuclei.core.measure.stains import stain_densities


def test_densities_are_those_of_scikit_image_in_decades(
    rng: np.random.Generator,
) -> None:
    image = rng.integers(1, 255, (8, 9, 3), np.uint8)
    found = stain_densities(image.reshape(-1, 3), ("eosin", "dab"))
    expected = rgb2hed(image).reshape(-1, 3) * 6
    np.testing.assert_allclose(found["eosin"], expected[:, 1])
    np.testing.assert_allclose(found["dab"], expected[:, 2])


def test_a_brown_nucleus_has_more_dab_than_a_blue_one() -> None:
    densities = np.zeros((10, 20, 3))
    densities[2:8, 2:8, 2] = 0.1
    densities[2:8, 12:18, 0] = 0.1
    image = (hed2rgb(densities) * 255).round().astype(np.uint8)
    labels = np.zeros((10, 20), int)
    labels[2:8, 2:8], labels[2:8, 12:18] = 1, 2
    table = measure(labels, {"slide": image}, stains=["haematoxylin", "dab"])
    assert table["slide_dab_mean"].loc[1] == pytest.approx(0.6, abs=0.03)
    assert table["slide_dab_mean"].loc[2] < 0.05
    assert table["slide_haematoxylin_median"].loc[2] == pytest.approx(0.6, abs=0.03)


def test_an_unknown_stain_is_refused() -> None:
    with pytest.raises(ValueError, match="haematoxylin, eosin, dab; got 'pas'"):
        measure(np.eye(3, dtype=int), np.zeros((3, 3, 3)), stains="pas")
