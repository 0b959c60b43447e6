from __future__ import annotations

import numpy as np

from napari_nuclei.core.intensity.preparation import Preparation
from napari_nuclei.core.intensity.prepared_plane import PreparedPlane


def test_all_pixels_of_a_plane_are_prepared() -> None:
    pixels = np.array([[10, 20, 30], [30, 20, 99]], np.uint8)
    plane = PreparedPlane.of_pixels(pixels, Preparation((10.0, 30.0), cutoff=50.0))
    assert plane.pixels is pixels
    assert plane.values.shape == (2, 3, 3)
    np.testing.assert_allclose(plane.values[..., 1], [[0, 0.5, 1], [1, 0.5, 0]])
