from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.stats import binomtest

from napari_nuclei.core.errors import ImageWarning
from napari_nuclei.core.measure.nuclei import measure
from napari_nuclei.core.measure.regions import (
    count_regions,
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
    with pytest.warns(ImageWarning, match="'a' and 'b' overlap"):
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


def test_regions_that_overlap_are_said(recwarn: pytest.WarningsRecorder) -> None:
    height, width = LABELS.shape
    whole = [(0, 0), (0, width), (height, width), (height, 0)]
    with pytest.warns(ImageWarning, match="'whole' and 'left' overlap: .* the first"):
        counts = count_regions(
            TABLE, {"whole": whole, **LEFT}, shape=(height, width), medians="area"
        )
    assert counts.loc["whole", "nuclei"] == len(TABLE)
    assert counts.loc["left", "nuclei"] == 0
    side_by_side = {
        "a": [(0, 0), (0, 30), (height, 30), (height, 0)],
        "b": [(0, 30), (0, width), (height, width), (height, 30)],
    }
    count_regions(TABLE, side_by_side, shape=(height, width))
    assert not recwarn.list


BAD: list[tuple[dict[str, Any], str]] = [
    ({"regions": LEFT, "shape": None}, "polygons need the shape of the image"),
    ({"regions": {"a": [(0, 0), (1, 1)]}}, "region 'a' must have three corners"),
    ({"regions": {"a": [(500, 0), (500, 9), (600, 9)]}}, "holds no pixel of the image"),
    ({"regions": {"rest": LEFT["left"]}}, "cannot be named 'rest'"),
    ({"regions": np.zeros((4, 4, 4), int)}, r"shape \(Y, X\); got int64"),
    ({"regions": np.ones(LABELS.shape)}, r"labels \(integers\) .* got float64"),
    ({"regions": np.ones((4, 4), int)}, r"have the shape \(4, 4\), the image"),
    (
        {"regions": np.ones((4, 4), int), "shape": None},
        "have 4 x 4 pixels, but a nucleus has its centre at",
    ),
    ({"regions": {"a": [(0, 0), (0, np.nan), (9, 9)]}}, "corners that are not finite"),
    ({"table": TABLE[["area"]]}, "no column 'centroid_y'; it has area"),
    ({"medians": ["aera"]}, "no column 'aera'"),
    ({"medians": "aera"}, "no column 'aera'"),
    ({"positive": [True]}, "for each of the 4 nuclei"),
]


@pytest.mark.parametrize(("arguments", "message"), BAD)
def test_bad_regions_are_refused_in_one_line(
    arguments: dict[str, Any], message: str
) -> None:
    arguments = {"table": TABLE, "regions": LEFT, "shape": LABELS.shape, **arguments}
    with pytest.raises(ValueError, match=message):
        count_regions(**arguments)
