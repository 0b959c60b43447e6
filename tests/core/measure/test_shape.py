from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage
from skimage.measure import regionprops_table

from napari_nuclei.core.measure.nuclei import measure

SAME_NAMES = (
    "area",
    "perimeter",
    "axis_major_length",
    "axis_minor_length",
    "orientation",
    "eccentricity",
    "solidity",
)
OTHER_NAMES = {
    "centroid_y": "centroid-0",
    "centroid_x": "centroid-1",
    "bbox_y0": "bbox-0",
    "bbox_x0": "bbox-1",
    "bbox_y1": "bbox-2",
    "bbox_x1": "bbox-3",
    "diameter": "equivalent_diameter_area",
}


@pytest.mark.parametrize("grain", [0, 1, 2.5, 5], ids="grain-{}".format)
def test_shapes_are_those_of_scikit_image(
    rng: np.random.Generator, grain: float
) -> None:
    noise = rng.random((160, 190))
    if grain:
        labels = ndimage.label(ndimage.gaussian_filter(noise, grain) > 0.5)[0]
        labels[labels % 7 == 3] += 1000  # numbers have gaps
    else:
        labels = (noise * 40).astype(int)  # nuclei in many pieces
    properties = (*SAME_NAMES, "centroid", "bbox", "equivalent_diameter_area")
    expected = regionprops_table(labels, properties=properties)
    found = measure(labels)
    assert len(found) > 10
    for name in SAME_NAMES:
        np.testing.assert_allclose(found[name], expected[name], atol=1e-9)
    for name, other in OTHER_NAMES.items():
        np.testing.assert_allclose(found[name], expected[other], atol=1e-9)


def test_circularity_is_near_1_for_a_disc_and_low_for_a_line(discs) -> None:
    labels = discs((80, 80), [(40, 40, 25)])
    labels[2, 5:60] = 9
    labels[70, 70] = 12
    circularity = measure(labels)["circularity"]
    assert circularity.loc[1] > 0.9
    assert circularity.loc[9] < 0.3
    assert circularity.loc[12] == 1  # one pixel has no perimeter
