from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from matplotlib.path import Path

from napari_nuclei.core.measure.nuclei import measure
from napari_nuclei.core.synthetic import synthetic_nuclei
from napari_nuclei.io.outlines.geojson_writer import encode_geojson


def polygon_area(polygon: np.ndarray) -> float:
    x, y = polygon.astype(float).T
    return abs(float(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1)))) / 2


def covered(rings, shape) -> np.ndarray:
    """Return the pixels whose centres lie inside an odd number of rings."""
    rows, columns = np.indices(shape)
    centres = np.stack([columns.ravel(), rows.ravel()], axis=1) + 0.5
    inside = [Path(ring).contains_points(centres) for ring in rings]
    return (np.sum(inside, axis=0) % 2 == 1).reshape(shape)


def test_the_polygons_of_a_file_cover_exactly_the_pixels_of_each_nucleus() -> None:
    _, labels = synthetic_nuclei((150, 170), seed=3)
    content = json.loads(encode_geojson({(): labels}, measure(labels)))
    numbers = [number for number in np.unique(labels) if number]
    assert len(content["features"]) == len(numbers)
    for number, feature in zip(numbers, content["features"], strict=True):
        assert feature["properties"]["name"] == f"nucleus {number}"
        rings = feature["geometry"]["coordinates"]
        if feature["geometry"]["type"] == "MultiPolygon":
            rings = [ring for piece in rings for ring in piece]
        np.testing.assert_array_equal(covered(rings, labels.shape), labels == number)


def test_geojson_has_a_closed_polygon_and_measurements_for_each(discs) -> None:
    labels = discs((40, 60), [(20, 15, 8), (20, 40, 3)])
    table = measure(labels, pixel_size=0.5)
    content = json.loads(encode_geojson({(): labels}, table))
    assert content["type"] == "FeatureCollection"
    first, second = content["features"]
    assert first["geometry"]["type"] == "Polygon"
    (ring,) = first["geometry"]["coordinates"]
    assert ring[0] == ring[-1]
    assert polygon_area(np.array(ring[:-1])) == (labels == 1).sum()
    assert second["properties"]["objectType"] == "detection"
    assert second["properties"]["measurements"]["area"] == (labels == 2).sum()


def test_geojson_of_a_nucleus_in_pieces_is_one_feature() -> None:
    labels = np.zeros((9, 9), int)
    labels[1:3, 1:3] = labels[6:8, 6:8] = 4
    content = json.loads(encode_geojson({(): labels}, measure(labels)))
    (nucleus,) = content["features"]
    assert nucleus["geometry"]["type"] == "MultiPolygon"
    assert len(nucleus["geometry"]["coordinates"]) == 2


@pytest.mark.parametrize(
    ("axes", "expected"),
    [
        ("TYX", [(0, 0), (1, 0), (2, 0)]),
        ("ZYX", [(0, 0), (0, 1), (0, 2)]),
        ("PYX", [(0, 0), (1, 0), (2, 0)]),
    ],
)
def test_geojson_names_the_plane_of_each_nucleus(discs, axes, expected) -> None:
    plane = discs((20, 20), [(10, 10, 5)])
    labels = np.stack([plane, plane * 2, plane])  # 1 is in two planes
    planes = {(number,): values for number, values in enumerate(labels)}
    table = measure(labels, labels * 10, axes=axes)
    content = json.loads(encode_geojson(planes, table, axes[0]))
    where = [f["geometry"]["plane"] for f in content["features"]]
    assert [(at["t"], at["z"]) for at in where] == expected
    measured = [f["properties"]["measurements"] for f in content["features"]]
    assert [m["intensity_mean"] for m in measured] == [10, 20, 10]
    assert not {"t", "z", "p"} & {*measured[0]}


@pytest.mark.parametrize(
    ("axes", "index", "position"),
    [
        ("Z", (2,), (2, 0)),
        ("T", (2,), (0, 2)),
        ("TZ", (1, 2), (2, 1)),
        ("ZT", (1, 2), (1, 2)),
        ("P", (2,), (0, 2)),
        ("PZ", (1, 2), (2, 1)),
    ],
)
def test_the_position_in_a_stack_is_that_of_its_axes(
    axes: str, index: tuple[int, ...], position: tuple[int, int]
) -> None:
    labels = np.zeros((3,) * len(axes) + (6, 8), np.int32)
    labels[:, ..., 2, 2] = 1
    table = measure(labels, axes=f"{axes}YX", joined=False)
    planes = {place: labels[place] for place in np.ndindex(*labels.shape[:-2])}
    found = json.loads(encode_geojson(planes, table, axes))["features"]
    number = int(np.ravel_multi_index(index, labels.shape[:-2]))
    plane = found[number]["geometry"]["plane"]
    assert (plane["z"], plane["t"]) == position


def test_outlines_of_a_joined_nucleus_have_the_measurements_of_its_volume() -> None:
    labels = np.zeros((3, 6, 8), np.int32)
    labels[1:, 2:4, 2:5] = 7
    table = measure(labels, axes="ZYX")
    planes = {(z,): plane for z, plane in enumerate(labels)}
    found = json.loads(encode_geojson(planes, table, "Z"))["features"]
    assert [one["geometry"]["plane"]["z"] for one in found] == [1, 2]
    volumes = [one["properties"]["measurements"]["volume"] for one in found]
    assert volumes == [12, 12]


def features_of(labels, table, **options) -> list[dict]:
    return json.loads(encode_geojson({(): labels}, table, **options))["features"]


def test_classes_and_measurements_are_as_qupath_has_them(discs) -> None:
    """Objects have the members that QuPath's GeoJSON adapter reads."""
    labels = discs((40, 60), [(20, 15, 8), (20, 40, 3), (8, 52, 4)])
    table = measure(labels)
    table["class"] = ["Tumor", "positive", np.nan]
    table["slide"] = ["A 1", "β", np.nan]
    table["ratio"] = [0.1 + 0.2, np.nan, np.inf]
    found = features_of(labels, table, colours={"Tumor": (200, 1, 0)})
    tumour, positive, none = (feature["properties"] for feature in found)
    assert {feature["type"] for feature in found} == {"Feature"}
    assert {one["objectType"] for one in (tumour, positive, none)} == {"detection"}
    assert tumour["classification"] == {"name": "Tumor", "color": [200, 1, 0]}
    assert positive["classification"] == {"name": "positive", "color": [200, 50, 50]}
    assert "classification" not in none
    assert tumour["measurements"]["ratio"] == 0.1 + 0.2  # to the last digit
    assert "ratio" not in positive["measurements"]
    assert "ratio" not in none["measurements"]
    assert all(type(v) in (int, float) for v in tumour["measurements"].values())
    assert tumour["metadata"] == {"slide": "A 1"}
    assert "metadata" not in none
    json.loads(json.dumps(found), parse_constant=pytest.fail)  # no NaN in JSON


def test_a_table_of_other_labels_is_refused(discs) -> None:
    labels = discs((40, 60), [(20, 15, 8), (20, 40, 3)])
    with pytest.raises(ValueError, match="no row for nucleus 2; measure the labels"):
        features_of(labels, measure(labels).loc[[1]])
    table = pd.DataFrame({"class": ["a", "b"]}, pd.Index([1, 2], name="label"))
    with pytest.raises(ValueError, match="class 'a' must be red, green and blue"):
        features_of(labels, table, colours={"a": (300, 0, 0)})
