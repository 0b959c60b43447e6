from __future__ import annotations

import numpy as np
import pytest

from napari_nuclei.core.diameter import (
    NATIVE_RANGE,
    SCALE_LIMITS,
    TARGET_RATIO,
    area_weighted_diameter,
    median_diameter,
    network_scale,
    object_areas,
)


@pytest.mark.parametrize(
    ("areas", "diameter"),
    [
        ([100], np.sqrt(400 / np.pi)),
        ([100, 100, 100], np.sqrt(400 / np.pi)),
        ([100, 100, *[1] * 50], np.sqrt(400 / np.pi)),
        ([4, 1000], np.sqrt(4000 / np.pi)),
        ([], np.nan),
    ],
    ids=["one", "three", "debris", "tiny debris", "none"],
)
def test_debris_hardly_changes_the_typical_diameter(
    areas: list[int], diameter: float
) -> None:
    found = area_weighted_diameter(np.array(areas, np.int64))
    assert found == pytest.approx(diameter, nan_ok=True)


def test_areas_ignore_background_and_unused_numbers() -> None:
    assert object_areas(np.array([[0, 0, 5], [2, 5, 5]], np.int32)).tolist() == [1, 3]


def test_the_median_diameter_is_that_of_all_planes(discs) -> None:
    planes = [discs((60, 60), [(30, 30, radius)]) for radius in (5, 10, 20)]
    assert median_diameter(planes) == pytest.approx(20, rel=0.1)
    assert np.isnan(median_diameter([np.zeros((5, 5), np.int32)]))
    assert np.isnan(median_diameter([]))


@pytest.mark.parametrize("ratio", [NATIVE_RANGE[0], 1.0, NATIVE_RANGE[1]])
def test_nuclei_near_the_size_of_the_model_are_not_resized(ratio: float) -> None:
    assert network_scale(ratio) == 1


@pytest.mark.parametrize("ratio", [0.3, 0.5, 2.0, 7.0])
def test_other_nuclei_are_resized_to_the_target_ratio(ratio: float) -> None:
    assert ratio * network_scale(ratio) == pytest.approx(TARGET_RATIO)


def test_the_network_scale_has_limits() -> None:
    assert network_scale(1e-6) == SCALE_LIMITS[1]
    assert network_scale(1e6) == SCALE_LIMITS[0]
