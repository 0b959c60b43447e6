from __future__ import annotations

import numpy as np
import pytest

from napari_nuclei.core.tracking.frame_nuclei import measure_frame


def test_centroids_and_areas_match_scikit_image(rng: np.random.Generator) -> None:
    from skimage.measure import regionprops

    frame = np.kron(rng.integers(0, 9, (6, 7)), np.ones((5, 5), int))
    nuclei = measure_frame(frame)
    expected = regionprops(frame)
    assert nuclei.labels.tolist() == [one.label for one in expected]
    assert np.allclose(nuclei.centroids, [one.centroid for one in expected])
    assert np.allclose(nuclei.areas, [one.area for one in expected])
    assert np.allclose(
        nuclei.diameters(), [one.equivalent_diameter_area for one in expected]
    )


def test_only_nuclei_at_the_border_in_y_or_x_touch_it() -> None:
    volume = np.zeros((3, 8, 8), int)
    volume[0, 3:5, 3:5] = 1
    volume[1, 3:5, 0] = 2
    nuclei = measure_frame(volume)
    assert nuclei.touches_border.tolist() == [False, True]
    assert nuclei.centroids[0].tolist() == [0, 3.5, 3.5]
    assert nuclei.diameters(3.0)[0] == pytest.approx(np.cbrt(6 * 4 * 3 / np.pi))


def test_large_labels_are_measured_as_small_ones(rng: np.random.Generator) -> None:
    small = rng.integers(0, 9, (20, 20))
    large = np.where(small > 0, small * 10**8, 0)
    first, second = measure_frame(small), measure_frame(large)
    assert (first.labels * 10**8).tolist() == second.labels.tolist()
    assert np.array_equal(first.centroids, second.centroids)
    assert np.array_equal(first.areas, second.areas)


def test_an_empty_frame_has_no_nuclei() -> None:
    nuclei = measure_frame(np.zeros((4, 5), int))
    assert len(nuclei) == 0
    assert nuclei.centroids.shape == (0, 2)
