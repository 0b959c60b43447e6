from __future__ import annotations

from time import perf_counter

import numpy as np
import pytest
from skimage.draw import polygon

from napari_nuclei.core.measure.polygon_fill import fill_polygon


def filled(corners, shape) -> np.ndarray:
    found = np.zeros(shape, bool)
    window, inside = fill_polygon(corners, shape)
    found[window] = inside
    return found


def expected(corners, shape) -> np.ndarray:
    found = np.zeros(shape, bool)
    found[polygon(*np.asarray(corners, float).T, shape)] = True
    return found


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("whole", [True, False], ids=["whole corners", "any corners"])
def test_pixels_are_those_of_scikit_image(seed: int, whole: bool) -> None:
    rng = np.random.default_rng(seed)
    angle = np.sort(rng.uniform(0, 2 * np.pi, rng.integers(3, 12)))
    radius = rng.uniform(5, 40, len(angle))
    corners = np.c_[30 + radius * np.sin(angle), 40 + radius * np.cos(angle)]
    if whole:
        corners = np.rint(corners)
    found, wanted = (fill(corners, (60, 70)) for fill in (filled, expected))
    # An edge may pass a centre within the precision of floats.
    assert np.count_nonzero(found != wanted) <= (2 if whole else 0)
    assert found.any()


@pytest.mark.parametrize(
    "corners",
    [
        [(2, 3), (2, 9), (8, 9), (8, 3)],
        [(2, 3), (8, 9), (2, 9), (8, 3)],
        [(-5, -5), (-5, 50), (50, 50), (50, -5)],
        [(-9, -9), (-9, -1), (-1, -1)],
        [(99, 99), (99, 109), (109, 99)],
        [(4, 4), (4, 4), (4, 4)],
        [(4.2, 4.2), (4.2, 4.4), (4.4, 4.2)],
    ],
    ids=str,
)
def test_unusual_polygons(corners) -> None:
    np.testing.assert_array_equal(
        filled(corners, (20, 30)), expected(corners, (20, 30))
    )


def test_a_large_polygon_takes_little_time() -> None:
    corners = [(100, 100), (100, 3000), (3000, 3000), (3000, 100)]
    start = perf_counter()
    fill_polygon(corners, (4096, 4096))
    assert perf_counter() - start < 1.5  # 0.05 s on an idle core
