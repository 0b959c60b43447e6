from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage
from skimage.measure import regionprops_table

from napari_nuclei.core.measure.nuclei import measure


@pytest.mark.parametrize("z_spacing", [1, 2.5, 4])
def test_a_ball_has_the_surface_and_volume_of_geometry(z_spacing: float) -> None:
    z, y, x = np.ogrid[-22:23, -22:23, -22:23]
    ball = ((z * z_spacing) ** 2 + y**2 + x**2 <= 20**2).astype(np.int32)
    size = (0.5 * z_spacing, 0.5, 0.5)
    row = measure(ball * 3, axes="ZYX", pixel_size=size).loc[3]
    assert row["surface_um2"] == pytest.approx(4 * np.pi * 10**2, rel=0.03)
    assert row["volume_um3"] == pytest.approx(4 / 3 * np.pi * 10**3, rel=0.03)
    assert row["diameter_um"] == pytest.approx(20, rel=0.01)
    assert row["axis_major_length_um"] == pytest.approx(20, rel=0.02)
    assert row["sphericity"] > 0.97
    assert row["extent_z"] == 2 * (20 // z_spacing) + 1


def test_a_flat_nucleus_is_less_spherical_than_a_ball() -> None:
    labels = np.zeros((10, 40, 40), int)
    labels[4:6, 5:35, 5:35] = 1
    assert measure(labels, axes="ZYX")["sphericity"].iloc[0] < 0.6


def test_volumes_are_those_of_scikit_image(rng: np.random.Generator) -> None:
    smooth = ndimage.gaussian_filter(rng.random((30, 50, 60)), 2)
    labels = ndimage.label(smooth > 0.51)[0]
    image = rng.random(labels.shape)
    names = ("area", "centroid", "bbox", "intensity_mean", "axis_major_length")
    expected = regionprops_table(labels, image, properties=names)
    found = measure(labels, image, axes="ZYX")
    assert len(found) > 10
    pairs = {
        "volume": "area",
        "centroid_z": "centroid-0",
        "bbox_z1": "bbox-3",
        "intensity_mean": "intensity_mean",
        "axis_major_length": "axis_major_length",
    }
    for name, other in pairs.items():
        np.testing.assert_allclose(found[name], expected[other], atol=1e-9)
