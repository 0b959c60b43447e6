from __future__ import annotations

import io
import json
import zipfile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from matplotlib.path import Path
from roifile import ImagejRoi

from napari_nuclei.core.measure.nuclei import measure
from napari_nuclei.core.synthetic import synthetic_nuclei
from napari_nuclei.io.polygons import (
    encode_geojson,
    encode_rois,
    find_outlines,
)


def polygon_area(polygon: np.ndarray) -> float:
    x, y = polygon.astype(float).T
    return abs(float(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1)))) / 2


def enclosed(outline) -> float:
    return sum(
        polygon_area(part[0]) - sum(map(polygon_area, part[1:]))
        for part in outline.parts
    )


@given(arrays(np.int32, (7, 9), elements=st.sampled_from([0, 0, 1, 5])))
def test_polygons_enclose_exactly_the_pixels_of_a_nucleus(labels) -> None:
    outlines = list(find_outlines(labels))
    assert [o.label for o in outlines] == [n for n in (1, 5) if (labels == n).any()]
    for outline in outlines:
        assert enclosed(outline) == (labels == outline.label).sum()


def covered(rings, shape) -> np.ndarray:
    """Return the pixels whose centres lie inside an odd number of rings."""
    rows, columns = np.indices(shape)
    centres = np.stack([columns.ravel(), rows.ravel()], axis=1) + 0.5
    inside = [Path(ring).contains_points(centres) for ring in rings]
    return (np.sum(inside, axis=0) % 2 == 1).reshape(shape)


@given(arrays(np.int32, (7, 9), elements=st.sampled_from([0, 0, 1, 5])))
def test_polygons_have_the_position_of_the_nucleus(labels) -> None:
    for outline in find_outlines(labels):
        rings = [ring for part in outline.parts for ring in part]
        np.testing.assert_array_equal(
            covered(rings, labels.shape), labels == outline.label
        )


def test_files_of_polygons_cover_exactly_the_pixels_of_each_nucleus() -> None:
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
    with zipfile.ZipFile(io.BytesIO(encode_rois({0: labels}, stack=False))) as archive:
        drawn = np.zeros_like(labels)
        for name in archive.namelist():
            roi = ImagejRoi.frombytes(archive.read(name))
            inside = covered([roi.coordinates()], labels.shape)
            drawn[inside] = int(name[:5])
    np.testing.assert_array_equal(drawn, labels)


def test_steps_along_pixel_edges_are_exact(discs) -> None:
    labels = discs((40, 40), [(20, 20, 9)])
    ((ring,),) = next(find_outlines(labels)).parts
    steps = np.roll(ring, -1, axis=0) - ring
    assert ((steps == 0).sum(axis=1) == 1).all()  # along one axis at a time
    assert polygon_area(ring) == (labels > 0).sum()


def test_a_hole_is_a_ring_of_its_own() -> None:
    labels = np.ones((6, 6), int)
    labels[2:4, 3:5] = 0
    (outline,) = find_outlines(labels)
    ((outside, hole),) = outline.parts
    assert sorted(map(tuple, outside.tolist())) == [(0, 0), (0, 6), (6, 0), (6, 6)]
    assert sorted(map(tuple, hole.tolist())) == [(3, 2), (3, 4), (5, 2), (5, 4)]


def test_without_nuclei_there_is_no_outline() -> None:
    assert not list(find_outlines(np.zeros((4, 4), int)))


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


@pytest.mark.parametrize("stack", [False, True])
def test_imagej_regions_can_be_read_back(discs, stack) -> None:
    labels = discs((40, 60), [(20, 15, 8), (20, 40, 3)])
    planes = {0: labels, 2: labels} if stack else {0: labels}
    content = encode_rois(planes, stack=stack)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        rois = [ImagejRoi.frombytes(archive.read(n)) for n in archive.namelist()]
    assert len(rois) == 2 * len(planes)
    assert {roi.position for roi in rois} == ({1, 3} if stack else {0})
    (ring,) = next(find_outlines(labels)).parts[0]
    np.testing.assert_array_equal(rois[0].coordinates(), ring)


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
