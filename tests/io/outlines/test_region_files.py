from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from napari_nuclei.core.errors import ImageWarning
from napari_nuclei.io.outlines.region_files import read_regions

SHAPE = (40, 60)


def square(top: int, left: int, side: int) -> list[list[int]]:
    bottom, right = top + side, left + side
    return [[left, top], [right, top], [right, bottom], [left, bottom], [left, top]]


def feature(coordinates: Any, kind: str = "Polygon", **properties: Any) -> Any:
    geometry = {"type": kind, "coordinates": coordinates}
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def write(path: Path, *features: Any) -> Path:
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return path


def test_a_square_has_its_pixels_and_no_others(tmp_path: Path) -> None:
    path = write(tmp_path / "r.geojson", feature([square(5, 10, 8)], name="a"))
    expected = np.zeros(SHAPE, bool)
    expected[5:13, 10:18] = True
    np.testing.assert_array_equal(read_regions(path, SHAPE)["a"], expected)


def test_holes_are_left_out_and_parts_of_a_name_are_one_region(tmp_path: Path) -> None:
    tumour = {"classification": {"name": "Tumor", "color": [200, 0, 0]}}
    path = write(
        tmp_path / "r.geojson",
        feature([square(0, 0, 10), square(2, 2, 4)], **tumour),
        feature([[square(20, 20, 3)], [square(30, 30, 3)]], "MultiPolygon", **tumour),
        feature([square(0, 40, 5)]),
    )
    regions = read_regions(path, SHAPE)
    assert {name: int(one.sum()) for name, one in regions.items()} == {
        "Tumor": 100 - 16 + 9 + 9,
        "region 3": 25,
    }


@pytest.mark.parametrize(
    "content",
    ["", "[]", "{}", "[1]", '{"features": 3}', "[" * 100_000, "\x00"],
)
def test_other_files_are_refused_in_one_line(tmp_path: Path, content: str) -> None:
    path = tmp_path / "other.geojson"
    path.write_text(content)
    with pytest.raises(ValueError, match=r"^other\.geojson (is no|holds no)") as raised:
        read_regions(path, SHAPE)
    assert "\n" not in str(raised.value)


def test_points_are_left_out_and_said(tmp_path: Path) -> None:
    features = (feature([3, 4], "Point"), feature([square(5, 5, 9)], name="tumour"))
    path = write(tmp_path / "p.geojson", *features)
    with pytest.warns(
        ImageWarning, match=r"points and lines are not regions \(1 left out"
    ):
        assert [*read_regions(path, SHAPE)] == ["tumour"]


def test_points_alone_and_regions_outside_are_refused(tmp_path: Path) -> None:
    point = write(tmp_path / "p.geojson", feature([3, 4], "Point"))
    with (
        pytest.raises(ValueError, match=r"p\.geojson holds no region"),
        pytest.warns(ImageWarning, match="points and lines are no"),
    ):
        read_regions(point, SHAPE)
    far = write(tmp_path / "far.geojson", feature([square(500, 500, 9)], name="far"))
    with pytest.raises(
        ValueError, match=r"'far' of far.geojson lies outside .* 40 x 60"
    ):
        read_regions(far, SHAPE)
