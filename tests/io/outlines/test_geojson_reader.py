from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from napari_nuclei.io.outlines.geojson_reader import read_geojson


def square(left: float, top: float, side: float = 4) -> list[list[float]]:
    right, bottom = left + side, top + side
    return [[left, top], [right, top], [right, bottom], [left, bottom], [left, top]]


def feature(ring: Any = None, kind: str = "Polygon", **properties: Any) -> Any:
    coordinates = [square(1, 1)] if ring is None else ring
    geometry = {"type": kind, "coordinates": coordinates}
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def write(path: Path, content: Any) -> Path:
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def test_what_qupath_writes_today_is_read(tmp_path: Path) -> None:
    cell = feature(
        [square(0, 0, 9)],
        objectType="cell",
        name="PathCellObject",
        classification={"names": ["Tumor", "Positive"], "color": [250, 62, 62]},
        isLocked=True,
        measurements={"Area µm^2": 12.5, "Nucleus: DAB OD mean": "NaN"},
        metadata={"ANNOTATION_DESCRIPTION": "checked"},
    )
    cell["id"] = "6fb6c5bb-1b9b-4c4c-9f25-a0ed2a0ef9a5"
    cell["nucleusGeometry"] = {"type": "Polygon", "coordinates": [square(2, 2, 3)]}
    cell["geometry"]["plane"] = {"c": -1, "z": 1, "t": 2}
    region = feature(objectType="annotation", classification={"name": "Tumor"})
    region["properties"]["childObjects"] = [cell]
    path = write(tmp_path / "q.geojson", {"type": "FeatureCollection", "features": []})
    found = read_geojson(write(path, [region]))
    (one,) = found.objects
    assert one.polygons[0][0].max() == 5  # the nucleus, not the cell
    assert one.class_name == "Tumor: Positive"
    assert one.colour == (250, 62, 62)
    assert one.numbers["Area µm^2"] == 12.5
    assert str(one.numbers["Nucleus: DAB OD mean"]) == "nan"
    assert one.texts == {"ANNOTATION_DESCRIPTION": "checked"}
    assert (one.label, one.slice_index, one.frame) == (None, 1, 2)
    assert found.notes == (
        "q.geojson has detections: its annotations are not read as nuclei (1 left out)",
    )


def test_what_qupath_0_2_wrote_is_read(tmp_path: Path) -> None:
    old = feature(
        object_type="annotation",
        classification={"name": "Stroma", "colorRGB": -6895466},
        measurements=[{"name": "Area", "value": 3}],
    )
    old["id"] = "PathAnnotationObject"
    (one,) = read_geojson(write(tmp_path / "q.json", [old])).objects
    assert (one.class_name, one.colour) == ("Stroma", (150, 200, 150))
    assert one.numbers == {"Area": 3}


def test_points_and_lines_are_left_out_and_collections_are_read(tmp_path: Path) -> None:
    line = feature([[1, 1], [4, 4]], "LineString")
    both = feature()
    both["geometry"] = {
        "type": "GeometryCollection",
        "geometries": [line["geometry"], both["geometry"]],
    }
    found = read_geojson(write(tmp_path / "a.geojson", {"features": [line, both]}))
    assert len(found.objects) == 1
    assert found.notes == (
        "Points and lines of a.geojson are left out (1 of 2 objects)",
    )
    with pytest.raises(ValueError, match=r"a\.geojson holds no polygons, only points"):
        read_geojson(write(tmp_path / "a.geojson", {"features": [line]}))


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{}",
        "[1]",
        '{"features": 3}',
        "[" * 100_000,
        "\x00",
        json.dumps([feature([[[0, 0], [1, 1]]])]),
        json.dumps([feature([[["a", "b"]] * 4])]),
        json.dumps([feature([[[0, 0], [1, 0], [float("inf"), 1]]])]),
        json.dumps([feature(measurements={"area": "large"})]),
        json.dumps([feature(measurements=[3])]),
    ],
)
def test_other_files_are_refused_in_one_line(tmp_path: Path, content: str) -> None:
    path = tmp_path / "other.geojson"
    path.write_text(content)
    with pytest.raises(ValueError, match=r"^other\.geojson is not GeoJSON") as raised:
        read_geojson(path)
    assert "\n" not in str(raised.value)
