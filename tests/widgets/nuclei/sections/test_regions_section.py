from __future__ import annotations

import json

import numpy as np
import pytest

from napari_nuclei.io.tables import read_table
from napari_nuclei.widgets.nuclei.sections.regions_section import (
    NO_REGIONS,
    RegionsSection,
)

LEFT = np.array([(-0.5, -0.5), (-0.5, 63.5), (127.5, 63.5), (127.5, -0.5)])


@pytest.fixture
def section(session, opened):
    return opened(RegionsSection)


def nuclei(section) -> dict[str, int]:
    return section.counts["nuclei"].to_dict()


def test_the_counts_follow_the_shapes(section, session, qtbot) -> None:
    assert section.message.value == NO_REGIONS
    shapes = session.viewer.add_shapes([LEFT], shape_type="polygon", name="areas")
    qtbot.waitUntil(lambda: section.counts is not None)
    assert nuclei(section) == {"region 1": 32, "rest": 32}
    shapes.data = [LEFT * (1, 0.5)]
    qtbot.waitUntil(lambda: nuclei(section) == {"region 1": 16, "rest": 48})
    shapes.translate = (0, 64)
    qtbot.waitUntil(lambda: nuclei(section)["region 1"] == 16)
    shapes.add_polygons((LEFT - (0, 128)) * (1, 0.5))
    qtbot.waitUntil(lambda: len(section.counts) == 3)
    assert section.table.item(1, 1).text() == "16"
    session.viewer.layers.remove(shapes)
    qtbot.waitUntil(lambda: section.message.value == NO_REGIONS)
    assert section.table.rowCount() == 0


def test_the_counts_follow_edits_filters_and_classes(section, session, qtbot) -> None:
    session.viewer.add_shapes([LEFT], shape_type="polygon")
    qtbot.waitUntil(lambda: section.counts is not None)
    session.set_filter("label <= 8")
    qtbot.waitUntil(lambda: nuclei(section) == {"region 1": 4, "rest": 4})
    assert section.message.value.endswith("The filter shows 8 of 64 nuclei.")
    session.set_filter(None)
    layer = session.labels_layer
    layer.data = layer.data * (layer.data != 1)
    qtbot.waitUntil(lambda: nuclei(section)["region 1"] == 31)
    session.set_column("class", np.where(session.frame.index % 3, "negative", "3+"))
    qtbot.waitUntil(lambda: section.positive.value == "3+")
    share = section.counts["positive"].sum() / section.counts["nuclei"].sum()
    assert share == pytest.approx(21 / 63)
    section.median.value = "area"
    assert section.counts["median_area"].notna().all()


def test_any_class_but_negative_can_count_as_positive(section, session, qtbot) -> None:
    session.viewer.add_shapes([LEFT], shape_type="polygon")
    grades = np.array(["negative", "1+", "2+"], object)[session.frame.index % 3]
    session.set_column("class", grades)
    qtbot.waitUntil(lambda: section.counts is not None and "positive" in section.counts)
    assert section.positive.choices == ("not negative", "1+", "2+")
    assert section.counts["positive"].sum() == 43
    section.positive.value = "1+"
    assert section.counts["positive"].sum() == 22


def test_labels_are_regions(section, session, qtbot) -> None:
    areas = np.zeros((64, 64), np.uint8)
    areas[:, :32] = 5
    session.viewer.add_labels(areas, scale=(2, 2), translate=(0.5, 0.5), name="areas")
    qtbot.waitUntil(lambda: section.counts is not None)
    assert nuclei(section) == {"5": 32, "rest": 32}


def test_a_geojson_file_is_read_and_a_wrong_one_is_one_line(section, tmp_path) -> None:
    ring = [[0, 0], [64, 0], [64, 128], [0, 128], [0, 0]]
    feature = {
        "type": "Feature",
        "geometry": {"type": "Polygon", "coordinates": [ring]},
        "properties": {"name": "tumour"},
    }
    path = tmp_path / "areas.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    section.add_file(path)
    assert nuclei(section) == {"tumour": 32, "rest": 32}
    path.write_text("no json")
    section.add_file(path)
    assert "areas.geojson is not GeoJSON of polygons" in section.message.value
    assert section.counts is None
    assert not section.save.enabled


def test_the_counts_are_saved_as_a_table(section, session, qtbot, tmp_path) -> None:
    session.viewer.add_shapes([LEFT], shape_type="polygon")
    qtbot.waitUntil(lambda: section.counts is not None)
    section.save_counts(tmp_path / "regions.csv")
    table = read_table(tmp_path / "regions.csv")
    assert table["region"].tolist() == ["region 1", "rest"]
    assert table["nuclei"].tolist() == [32, 32]
    section.save_counts(tmp_path / "regions.png")
    assert "regions.png" in section.message.value
    assert len(list(tmp_path.glob("regions*"))) == 1


def test_areas_without_a_pixel_size_are_said_to_be_pixels(
    section, session, qtbot
) -> None:
    session.viewer.add_shapes([LEFT], shape_type="polygon")
    qtbot.waitUntil(lambda: section.counts is not None)
    assert "The layer nuclei has no pixel size" in section.message.value
    layer = session.labels_layer
    layer.units = ("um", "um")
    layer.scale = (0.5, 0.5)
    qtbot.waitUntil(lambda: "area_mm2" in section.counts)


def test_drawing_adds_a_layer_with_the_transform_of_the_labels(
    section, session
) -> None:
    session.labels_layer.scale = (0.5, 0.5)
    section.draw.native.click()
    layer = session.viewer.layers["Regions"]
    assert layer.scale.tolist() == [0.5, 0.5]
    assert layer.mode == "add_polygon"
    assert "Regions holds no region over the labels" in section.message.value


def test_a_closed_section_follows_no_layer(section, session, qtbot) -> None:
    shapes = session.viewer.add_shapes([LEFT], shape_type="polygon")
    qtbot.waitUntil(lambda: section.counts is not None)
    section.fold.collapse()
    shapes.data = [LEFT * (1, 0.5)]
    qtbot.wait(150)
    assert nuclei(section)["region 1"] == 32
    section.fold.expand()
    assert nuclei(section)["region 1"] == 16


def test_volumes_have_no_regions(section, session, qtbot) -> None:
    volume = np.zeros((4, 32, 32), np.int32)
    volume[1:4, 4:12, 4:12] = 1
    layer = session.viewer.add_labels(volume, axis_labels=("z", "y", "x"))
    session.set_layers(layer, [])
    assert "volume" in session.frame
    session.viewer.add_shapes([LEFT], shape_type="polygon")
    qtbot.waitUntil(lambda: "nuclei extend over slices" in section.message.value)
    assert section.counts is None
