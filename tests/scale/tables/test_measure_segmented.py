from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pandas as pd
import pytest
import tifffile
from numpy.typing import NDArray

from napari_nuclei.config import MeasureConfig, SegmentConfig
from napari_nuclei.core.measure.nuclei import measure
from napari_nuclei.core.segmenter import Segmenter
from napari_nuclei.io.label_files import read_labels
from napari_nuclei.io.outlines.read_outlines import read_outlines
from napari_nuclei.io.tables import read_table
from napari_nuclei.scale.batch import segment_files
from napari_nuclei.scale.image_run import segment_file
from napari_nuclei.scale.tables.measure_segmented import find_partner


@pytest.fixture
def files(tmp_path: Path, image: NDArray[np.uint8], truth: NDArray[np.int32]) -> Path:
    """Write two images, another channel of each, and regions of each."""
    for name in ("dapi", "ki67", "regions"):
        (tmp_path / name).mkdir()
    left = [[0, 0], [45, 0], [45, 60], [0, 60], [0, 0]]
    feature = {"geometry": {"type": "Polygon", "coordinates": [left]}}
    feature["properties"] = {"name": "left"}
    for number, name in enumerate("ab"):
        cv2.imwrite(str(tmp_path / "dapi" / f"{name}.png"), image)
        other = (truth == 1) * np.uint16(500) + np.uint16(20 + number)
        tifffile.imwrite(tmp_path / "ki67" / f"{name}.tif", other)
        path = tmp_path / "regions" / f"{name}.geojson"
        path.write_text(json.dumps({"features": [feature]}))
    return tmp_path


def test_without_settings_the_table_is_that_of_a_plain_run(
    files: Path, segmenter: Segmenter
) -> None:
    source = files / "dapi" / "a.png"
    for name, config in (("plain", None), ("set", MeasureConfig())):
        segment_file(
            *(source, files / name),
            model=segmenter,
            formats=["csv"],
            measurements=config,
            pixel_size=0.5,
        )
    plain, other = (read_table(files / n / "a_nuclei.csv") for n in ("plain", "set"))
    pd.testing.assert_frame_equal(plain, other)
    assert {"intensity_mean", "confidence", "area_um2"} <= {*plain}


def test_stacks_and_channels_have_the_table_of_a_plain_run_too(
    tmp_path: Path, segmenter: Segmenter, image: NDArray[np.uint8]
) -> None:
    stack = np.stack([np.stack([image // 2, image]), np.stack([image // 4, image])])
    tifffile.imwrite(tmp_path / "s.tif", stack, imagej=True, metadata={"axes": "ZCYX"})
    rgb = np.stack([image, image // 2, image], axis=-1)
    cv2.imwrite(str(tmp_path / "rgb.png"), rgb)
    for name, channel in (("s.tif", 1), ("rgb.png", None), ("rgb.png", "blue")):
        tables = []
        for config in (None, MeasureConfig()):
            segment_file(
                *(tmp_path / name, tmp_path / "t.csv"),
                model=segmenter,
                channel=channel,
                measurements=config,
            )
            tables.append(read_table(tmp_path / "t.csv"))
        assert len(tables[0])
        pd.testing.assert_frame_equal(*tables)


@pytest.mark.parametrize("spacing", [None, 2.0])
def test_joined_slices_have_the_table_of_a_plain_run_too(
    tmp_path: Path, segmenter: Segmenter, image: NDArray[np.uint8], spacing: Any
) -> None:
    stack = np.stack([image] * 5)
    tifffile.imwrite(tmp_path / "s.tif", stack, metadata={"axes": "ZYX"})
    tables = []
    for config in (None, MeasureConfig()):
        segment_file(
            *(tmp_path / "s.tif", tmp_path / "t.csv"),
            model=segmenter,
            config=SegmentConfig(join="z"),
            pixel_size=0.5,
            z_spacing=spacing,
            measurements=config,
        )
        tables.append(read_table(tmp_path / "t.csv"))
    assert tables[0]["volume"].min() > 100
    pd.testing.assert_frame_equal(*tables)


def test_images_rings_classes_and_regions_are_in_tables_and_outlines(
    files: Path, segmenter: Segmenter
) -> None:
    config = MeasureConfig(
        images={"ki67": files / "ki67"},
        ring=("0px", "2px"),
        threshold=("ki67_mean", (200,)),
        regions=files / "regions" / "{stem}.geojson",
        properties=["area", "mean"],
    )
    out = files / "out"
    results = segment_files(
        files / "dapi",
        out,
        model=segmenter,
        formats=["labels", "geojson", "rois"],
        measurements=config,
    )
    assert [result.reason for result in results] == ["", ""]
    assert [path.name for path in results[0].written] == [
        "a_labels.tif",
        "a_nuclei.geojson",
        "a_rois.zip",
        "a_nuclei.csv",
        "a_nuclei_regions.csv",
    ]
    labels = read_labels(out / "b_labels.tif")
    table = read_table(out / "b_nuclei.csv")
    images = {"ki67": tifffile.imread(files / "ki67" / "b.tif")}
    expected = measure(labels, images, ring=("0px", "2px"))
    columns = ["ki67_mean", "ki67_ring_mean"]
    pd.testing.assert_frame_equal(table[columns], expected[columns])
    assert {*table} == {
        *columns,
        "area",
        "intensity_mean",
        "intensity_ring_mean",
        "class",
    }
    assert sorted(table["class"]) == ["negative", "negative", "positive"]
    for name in ("b_nuclei.geojson", "b_rois.zip"):
        found = read_outlines(out / name)
        np.testing.assert_array_equal(found.labels, labels)
        pd.testing.assert_series_equal(found.table["class"], table["class"])
    counts = read_table(out / "b_nuclei_regions.csv")
    assert counts["region"].tolist() == ["left", "rest"]
    assert counts["nuclei"].tolist() == [1, 2]
    assert counts["positive"].sum() == 1


def test_a_run_is_repeated_if_a_file_that_it_measures_has_changed(
    files: Path, segmenter: Segmenter
) -> None:
    def run() -> list[bool]:
        config = MeasureConfig(images={"k": files / "ki67"})
        results = segment_files(
            files / "dapi", files / "out", model=segmenter, measurements=config
        )
        return [result.already_done for result in results]

    assert run() == [False, False]
    assert run() == [True, True]
    tifffile.imwrite(files / "ki67" / "b.tif", np.zeros((60, 90), np.float32))
    assert run() == [True, False]


def test_an_image_without_its_partner_fails_alone(
    files: Path, segmenter: Segmenter
) -> None:
    (files / "ki67" / "a.tif").unlink()
    tifffile.imwrite(files / "ki67" / "b.tif", np.zeros((6, 9), np.uint8))
    config = MeasureConfig(images={"k": files / "ki67"})
    first, second = segment_files(
        files / "dapi", files / "out", model=segmenter, measurements=config
    )
    assert "has no file of the name a" in first.reason
    assert "the image has Y 6, X 9, the labels have Y 60, X 90" in second.reason
    assert not [*(files / "out").glob("*_nuclei.csv")]


def test_the_file_of_an_image_is_found(files: Path) -> None:
    source, suffixes = files / "dapi" / "a.png", (".tif", ".png")
    for path in (files / "ki67", files / "ki67" / "{stem}.tif"):
        assert find_partner(path, source, suffixes) == files / "ki67" / "a.tif"
    with pytest.raises(FileNotFoundError, match="there is no such file"):
        find_partner(files / "{stem}_x.tif", source, suffixes)
    with pytest.raises(FileNotFoundError, match=r"has no file of the name a \(\.tif"):
        find_partner(files / "regions", source, suffixes)


@pytest.mark.parametrize("name", ["intensity", "k"])
def test_two_images_of_one_name_are_refused(
    files: Path, segmenter: Segmenter, name: str
) -> None:
    channels = np.zeros((2, 60, 90), np.uint8)
    tifffile.imwrite(files / "c.tif", channels, metadata={"axes": "CYX"})
    images = {name: files / "c.tif", "k_1": files / "ki67"}
    with pytest.raises(ValueError, match=r"name of the segmented image|name 'k_1'"):
        segment_file(
            *(files / "dapi" / "a.png", files / "out"),
            model=segmenter,
            measurements=MeasureConfig(images=images),
        )
