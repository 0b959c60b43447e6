from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import tifffile

from napari_nuclei.core.classify.classifier import Classifier
from napari_nuclei.io.classifier_files import write_classifier
from napari_nuclei.io.label_files import write_labels
from napari_nuclei.io.tables import read_table


@pytest.fixture
def scene(tmp_path: Path, discs) -> Path:
    """Write labels of eight nuclei, four of them bright, and a region of the left."""
    centres = [(row, column, 7) for row in (15, 45) for column in (15, 45, 75, 105)]
    labels = discs((60, 120), centres)
    image = np.where(labels % 2 == 1, 200, 50) + np.arange(120)[None, :] % 3
    write_labels(labels, tmp_path / "labels.tif", pixel_size=0.5)
    tifffile.imwrite(tmp_path / "ki67.tif", image.astype(np.uint16))
    left = [[0, 0], [60, 0], [60, 60], [0, 60], [0, 0]]
    geometry = {"type": "Polygon", "coordinates": [left]}
    feature = {"properties": {"name": "left"}, "geometry": geometry}
    (tmp_path / "left.geojson").write_text(json.dumps({"features": [feature]}))
    far = [[900, 900], [990, 900], [990, 990], [900, 900]]
    feature = {"geometry": {"type": "Polygon", "coordinates": [far]}}
    feature["properties"] = {"name": "far"}
    (tmp_path / "far.geojson").write_text(json.dumps({"features": [feature]}))
    (tmp_path / "far.zip").write_bytes(b"PK")
    write_labels(labels, tmp_path / "other.tif", pixel_size=0.7)
    write_labels(labels, tmp_path / "plain.tif")
    tifffile.imwrite(tmp_path / "small.tif", labels[:20].astype(np.uint8))
    many = np.stack([labels] * 20).astype(np.uint8)
    tifffile.imwrite(tmp_path / "many.tif", many, metadata={"axes": "CYX"})
    return tmp_path


def test_a_table_is_written_next_to_the_labels(run, scene: Path) -> None:
    code, out, err = run("measure", "labels.tif", "--image", "ki67.tif")
    assert (code, err) == (0, "")
    assert "labels.tif: 8 nuclei" in out
    table = read_table(scene / "labels_nuclei.csv")
    assert {"area_um2", "ki67_median", "touches_border"} <= {*table}


def test_a_mask_of_classes_is_noted(run, scene: Path) -> None:
    labels = tifffile.imread(scene / "labels.tif")
    write_labels(np.where(labels, 1 + labels % 2, 0), scene / "classes.tif")
    code, out, err = run("measure", "classes.tif")
    assert code == 0
    assert "Number the nuclei first" in err and "2 nuclei" in out
    assert run("measure", "labels.tif")[2] == ""


@pytest.mark.parametrize("suffix", [".tif", ".png"])
def test_a_mask_is_noted_in_one_line(run, scene: Path, suffix: str) -> None:
    labels = tifffile.imread(scene / "labels.tif")
    cv2.imwrite(str(scene / f"mask{suffix}"), (labels > 0) * np.uint8(255))
    code, out, err = run("measure", f"mask{suffix}")
    assert code == 0
    assert "mask" not in out.replace(f"mask{suffix}", "").replace("mask_nuclei", "")
    assert len(err.splitlines()) == 1
    assert f"mask{suffix} may hold no labels. Their only number, 255" in err


def test_nuclei_are_classified_and_counted_by_region(run, scene: Path) -> None:
    options = ("--threshold", "k_mean=100", "--regions", "left.geojson", "-o", "t.csv")
    code, out, _ = run("measure", "labels.tif", "--image", "k=ki67.tif", *options)
    assert code == 0
    assert "positive: 4 (50.0%)" in out
    regions = read_table(scene / "t_regions.csv").set_index("region")
    assert regions["nuclei"].to_dict() == {"left": 4, "rest": 4}
    assert regions["positive"].to_dict() == {"left": 2, "rest": 2}
    assert regions["area_mm2"].iloc[0] == pytest.approx(60 * 60 * 0.25e-6)


def test_without_a_limit_otsus_is_taken(run, scene: Path) -> None:
    words = ("measure", "labels.tif", "--image", "k=ki67.tif", "--threshold", "k_mean")
    code, out, _ = run(*words, "--properties", "area", "mean")
    assert code == 0
    assert "Limit of k_mean by Otsu's method: " in out
    table = read_table(scene / "labels_nuclei.csv")
    assert list(table) == ["area", "k_mean", "class"]
    assert table["class"].value_counts().to_dict() == {"positive": 4, "negative": 4}


def test_a_classifier_is_applied(run, scene: Path) -> None:
    words = ("measure", "labels.tif", "--image", "k=ki67.tif", "--ring", "1um:2um")
    assert run(*words)[0] == 0
    table = read_table(scene / "labels_nuclei.csv")
    assert "k_ring_ratio" in table
    examples = {n: "bright" if n % 2 else "dark" for n in range(1, 9)}
    write_classifier(Classifier.learn(table, examples), scene / "ki67.json")
    code, out, _ = run(*words, "--classify", "ki67.json")
    assert code == 0
    assert "bright: 4 (50.0%)" in out
    code, _, err = run("measure", "labels.tif", "--classify", "ki67.json")
    assert code == 1
    assert "classifier was made for other columns: the table lacks k_mean" in err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["none.tif"], "none.tif: there is no such file"),
        (["labels.tif", "--image", "=a.tif"], "must be NAME=FILE"),
        (["labels.tif", "--image", "a=a.tif", "--image", "a=b.tif"], "the same name"),
        (["labels.tif", "--ring", "wide"], "gap and width, such as 1um:3um"),
        (["labels.tif", "--threshold", "are=1"], "no column 'are'"),
        (["labels.tif", "--stains", "pas"], "stain must be one of"),
        (["labels.tif", "-o", "t.xlsx"], "must end in .csv or .parquet"),
        (["labels.tif", "--properties", "aera"], "Did you mean 'area'?"),
        (["labels.tif", "--regions", "ki67.tif"], "is not GeoJSON of polygons"),
        (["labels.tif", "--regions", "far.geojson"], "'far' of far.geojson lies outsi"),
        (
            ["labels.tif", "--image", "small.tif"],
            "the labels have Y 60",
        ),
        (["labels.tif", "--image", "other.tif"], "pixels of 0.7 µm, the labels have"),
        (["plain.tif", "--ring", "1um:2um"], "1um needs the size of a pixel"),
        (
            ["labels.tif", "--image", "many.tif"],
            "141 columns; at most 100",
        ),
        (["labels.tif", "--threshold", "area=3,2"], "one to three ascending numbers"),
        (["labels.tif", "--classify", "far.geojson"], "is not a classifier file"),
        (["far.zip"], "is not a zip file of ImageJ"),
        (["labels.tif", "--image", "far.geojson"], "is not an image that can be read"),
    ],
)
def test_mistakes_get_one_line(
    run,
    scene: Path,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    message: str,
) -> None:
    before = {path.name for path in scene.iterdir()}
    try:
        code, _, err = run("measure", *words)
    except SystemExit as exit_code:
        code, err = exit_code.code, capsys.readouterr().err
    assert code in (1, 2)
    assert message in err
    assert len(err.strip().splitlines()) == 1
    assert {path.name for path in scene.iterdir()} == before


def test_without_nuclei_the_table_is_empty(run, scene: Path) -> None:
    write_labels(np.zeros((60, 120), np.int32), scene / "none.tif")
    words = (
        "none.tif",
        "--image",
        "k=ki67.tif",
        "--threshold",
        "k_mean",
        "--ring",
        "2px",
    )
    code, out, err = run("measure", *words, "--regions", "left.geojson")
    assert (code, err) == (0, "")
    assert "There are no nuclei, and so no limit of k_mean" in out
    assert "none.tif: 0 nuclei" in out
    assert len(read_table(scene / "none_nuclei.csv")) == 0
    assert read_table(scene / "none_nuclei_regions.csv")["nuclei"].tolist() == [0, 0]


def test_slices_of_unnamed_axes_are_measured_in_three_dimensions(
    run, scene: Path
) -> None:
    volume = np.stack([tifffile.imread(scene / "plain.tif")] * 4)
    tifffile.imwrite(scene / "volume.tif", volume, photometric="minisblack")
    code, out, err = run("measure", "volume.tif", "--axes", "ZYX", "-o", "t.csv")
    assert (code, err) == (0, "")
    assert out.startswith("volume.tif: 8 nuclei")
    assert "extent_z" in read_table(scene / "t.csv")


def test_stains_of_a_grey_image_are_said_to_be_left_out(run, scene: Path) -> None:
    words = ("--image", "ki67.tif", "--stains", "dab", "-o", "t.csv")
    code, out, _ = run("measure", "labels.tif", *words)
    assert code == 0
    assert "No image has colours, so the optical density of dab is not" in out


def test_an_image_in_place_of_labels_is_said(run, scene: Path, rng) -> None:
    noise = rng.poisson(50, (60, 120)).astype(np.uint16)
    tifffile.imwrite(scene / "noise.tif", noise)
    code, _, err = run("measure", "noise.tif", "-o", "t.csv")
    assert code == 0
    assert "noise.tif may hold no labels. Their" in err
    assert len(err.strip().splitlines()) == 1


def test_a_table_is_named_after_the_image_of_the_labels(run, scene: Path) -> None:
    (scene / "labels.tif").rename(scene / "a_labels.tif")
    assert run("measure", "a_labels.tif")[0] == 0
    table = (scene / "a_nuclei.csv").read_bytes()
    code, out, err = run("measure", "a_labels.tif", "--image", "ki67.tif")
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert "a_nuclei.csv exists, perhaps with other columns. Name the table" in err
    assert (scene / "a_nuclei.csv").read_bytes() == table
    assert run("measure", "a_labels.tif", "-o", "a_nuclei.csv")[0] == 0
