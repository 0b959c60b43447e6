from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.stats import binomtest

from napari_nuclei.core.measure.nuclei import measure
from napari_nuclei.core.measure.regions import (
    count_regions,
    draw_regions,
    h_score,
    wilson_interval,
)

LABELS = np.zeros((100, 200), int)
for number, (row, column) in enumerate([(10, 10), (10, 60), (50, 60), (90, 150)], 1):
    LABELS[row - 3 : row + 4, column - 3 : column + 4] = number
TABLE = measure(LABELS)
LEFT = {"left": [(0, 0), (0, 99), (99, 99), (99, 0)]}


def test_nuclei_are_counted_by_region_and_the_rest() -> None:
    found = count_regions(
        TABLE,
        LEFT,
        shape=LABELS.shape,
        pixel_size=10,
        positive=[True, False, False, True],
        medians=["centroid_x"],
    )
    assert found.index.tolist() == ["left", "rest"]
    assert found["nuclei"].tolist() == [3, 1]
    assert found["area"].tolist() == [10_000, 10_000]
    assert found["area_mm2"].tolist() == pytest.approx([1, 1])
    assert found["density_per_mm2"].tolist() == pytest.approx([3, 1])
    assert found["positive"].tolist() == [1, 1]
    assert found["share_positive"].tolist() == pytest.approx([1 / 3, 1])
    assert found["median_centroid_x"].tolist() == [60, 150]


def test_labels_of_regions_give_the_counts_of_polygons() -> None:
    regions = np.zeros(LABELS.shape, np.uint8)
    regions[:, :100] = 7
    found = count_regions(TABLE, regions)
    assert found["nuclei"].to_dict() == {"7": 3, "rest": 1}


def test_a_nucleus_belongs_to_the_region_of_its_centre_and_to_one_only() -> None:
    cut = {"a": [(0, 0), (0, 10), (99, 10), (99, 0)], "b": LEFT["left"]}
    found = count_regions(TABLE, cut, shape=LABELS.shape)
    assert found["nuclei"].to_dict() == {"a": 1, "b": 2, "rest": 1}


def test_a_region_without_nuclei_has_no_share() -> None:
    empty = {"empty": [(20, 100), (20, 120), (40, 120)]}
    found = count_regions(TABLE, empty, shape=LABELS.shape, positive=[True] * 4)
    assert found.loc["empty", "nuclei"] == 0
    assert np.isnan(found.loc["empty", "share_positive_low"])


def test_areas_of_a_stack_are_those_of_its_planes() -> None:
    table = measure(np.stack([LABELS, LABELS]), axes="TYX")
    found = count_regions(table, LEFT, shape=LABELS.shape)
    assert found["nuclei"].tolist() == [6, 2]
    assert found["area"].tolist() == [20_000, 20_000]


@pytest.mark.parametrize(("positive", "count"), [(0, 5), (3, 7), (20, 20), (1, 900)])
def test_wilsons_interval_is_that_of_scipy(positive: int, count: int) -> None:
    low, high = wilson_interval(positive, count)
    expected = binomtest(positive, count).proportion_ci(0.95, method="wilson")
    assert (low, high) == pytest.approx((expected.low, expected.high), abs=1e-9)


def test_the_h_score_weighs_the_grades() -> None:
    assert h_score([3] * 5) == 300
    assert h_score([0, 0, 1, 2]) == 75
    assert np.isnan(h_score([]))


BAD: list[tuple[dict[str, Any], str]] = [
    ({"regions": LEFT, "shape": None}, "polygons need the shape of the image"),
    ({"regions": {"a": [(0, 0), (1, 1)]}}, "region 'a' must have three corners"),
    ({"regions": {"a": [(500, 0), (500, 9), (600, 9)]}}, "holds no pixel of the image"),
    ({"regions": {"rest": LEFT["left"]}}, "cannot be named 'rest'"),
    ({"regions": np.zeros((4, 4, 4), int)}, "labels of shape \\(Y, X\\)"),
    ({"medians": ["aera"]}, "no column 'aera'"),
    ({"positive": [True]}, "for each of the 4 nuclei"),
]


@pytest.mark.parametrize(("arguments", "message"), BAD)
def test_bad_regions_are_refused_in_one_line(
    arguments: dict[str, Any], message: str
) -> None:
    arguments = {"regions": LEFT, "shape": LABELS.shape, **arguments}
    with pytest.raises(ValueError, match=message):
        count_regions(TABLE, **arguments)


@pytest.mark.parametrize("dtype", [np.uint8, np.int64, np.int16, bool], ids=str)
def test_labels_of_regions_are_numbered_in_their_order(dtype) -> None:
    labels = np.array([[0, 7], [3, 7]]).astype(dtype)
    names, numbers = draw_regions(labels, None)
    if dtype is bool:
        assert (names, numbers.tolist()) == (["1"], [[0, 1], [1, 1]])
    else:
        assert (names, numbers.tolist()) == (["3", "7"], [[0, 2], [1, 2]])


def test_high_and_negative_labels_are_regions_too() -> None:
    for labels in ([[0, 2**40]], [[-5, 0]], np.zeros((0, 2), int)):
        names, numbers = draw_regions(np.array(labels), None)
        assert len(names) == numbers.max(initial=0)
