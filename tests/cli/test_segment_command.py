from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pandas as pd
import pytest
import tifffile
from numpy.typing import NDArray

from napari_nuclei import load_segmenter
from napari_nuclei.cli.format_options import selected_formats
from napari_nuclei.cli.parser import make_parser
from napari_nuclei.cli.segment_command import OPTION_GROUPS
from napari_nuclei.config import SegmentConfig
from napari_nuclei.io.label_files import read_labels
from napari_nuclei.io.readers import read_image
from napari_nuclei.io.tables import read_table
from napari_nuclei.io.writers import WRITERS
from napari_nuclei.model.store import BUNDLED, DEFAULT_MODEL
from napari_nuclei.scale.records.run_record import read_run_record

CommandLine = Callable[..., tuple[int, str, str]]
FilesIn = Callable[[Path], set[str]]


def test_segmenting_a_file_prints_its_nuclei_its_time_and_its_files(
    run: CommandLine, data: Path, tmp_path: Path, files_in: FilesIn
) -> None:
    code, out, err = run(
        "segment", data / "images" / "a.tif", "-o", "out", "--overlay", "--table"
    )
    assert (code, err) == (0, "")
    labels = read_image(tmp_path / "out" / "a_labels.tif").pixels
    with (tmp_path / "out" / "a_nuclei.csv").open(newline="") as file:
        assert len(list(csv.DictReader(file))) == labels.max()
    lines = out.splitlines()
    assert f"a.tif: {labels.max()} nuclei (probably " in lines[0]
    assert [line.strip() for line in lines[1:]] == [
        str(Path("out", name))
        for name in ("a_labels.tif", "a_nuclei.csv", "a_overlay.png")
    ]
    assert files_in(tmp_path / "out") == {Path(line).name for line in lines[1:]}


def test_one_image_is_written_to_the_file_named(
    run: CommandLine, data: Path, tmp_path: Path, files_in: FilesIn
) -> None:
    code, out, err = run("segment", "data/images/a.tif", "-o", "new/labels.tif")
    assert (code, err) == (0, "")
    assert files_in(tmp_path / "new") == {"labels.tif"}
    assert str(Path("new", "labels.tif")) in out
    assert read_image(tmp_path / "new" / "labels.tif").pixels.max() > 1


def test_without_an_output_the_labels_are_next_to_each_image(
    run: CommandLine, data: Path, files_in: FilesIn
) -> None:
    code, out, err = run("segment", "data/images/a.tif")
    assert (code, err) == (0, "")
    assert files_in(data / "images") == {"a.tif", "b.tif", "a_labels.tif"}
    assert str(Path("data", "images", "a_labels.tif")) in out


def test_several_images_go_into_a_folder(
    run: CommandLine, data: Path, tmp_path: Path, files_in: FilesIn
) -> None:
    code, _, err = run("segment", "data/images/a.tif", "data/images/b.tif", "-o", "out")
    assert (code, err) == (0, "")
    assert {"a_labels.tif", "b_labels.tif"} <= files_in(tmp_path / "out")


ORDERS = {
    "formats last": "data/images/a.tif data/images/b.tif -o out --format png mask",
    "formats first": "--format png mask -o out data/images/a.tif data/images/b.tif",
    "formats before inputs": "-o out --format png mask data/images/a.tif "
    "data/images/b.tif",
    "formats between inputs": "data/images/a.tif --format png mask data/images/b.tif "
    "-o out",
    "formats twice": "data/images/a.tif data/images/b.tif --format png --format mask "
    "-o out",
}


@pytest.mark.parametrize("name", OPTION_GROUPS)
def test_every_grouped_option_is_a_setting(name: str) -> None:
    assert name in {item.name for item in fields(SegmentConfig)}


@pytest.mark.parametrize("words", ORDERS.values(), ids=ORDERS)
def test_formats_and_inputs_are_distinguished(words: str) -> None:
    args = make_parser().parse_args(["segment", *words.split()])
    assert args.inputs == ["data/images/a.tif", "data/images/b.tif"]
    assert selected_formats(args) == ("png", "mask")
    assert args.output == Path("out")


def test_one_image_with_a_named_file_has_its_other_results_next_to_it(
    run: CommandLine, data: Path, tmp_path: Path, files_in: FilesIn
) -> None:
    words = ("-o", "out/labels.tif", "--overlay", "--all-nuclei", "out/all.csv")
    code, out, err = run("segment", "data/images/a.tif", *words)
    assert (code, err) == (0, "")
    assert files_in(tmp_path / "out") == {
        *("labels.tif", "labels_overlay.png", "labels_nuclei.csv", "all.csv")
    }
    assert out.splitlines()[-1] == f"All nuclei: {Path('out', 'all.csv')}"


def test_each_format_is_written(
    run: CommandLine, data: Path, tmp_path: Path, files_in: FilesIn
) -> None:
    names = [writer.name for writer in WRITERS if not writer.tracks]
    code, out, err = run(
        "segment", "data/images/a.tif", "-o", "out", "--format", *names
    )
    assert (code, err) == (0, "")
    assert len(files_in(tmp_path / "out") - {"submission.csv"}) == len(names)
    for name in files_in(tmp_path / "out"):
        assert name in out


def test_kaggles_folders_become_one_submission(
    run: CommandLine, data: Path, tmp_path: Path, files_in: FilesIn
) -> None:
    for name in ("a", "b"):
        folder = tmp_path / "stage1_test" / name / "images"
        folder.mkdir(parents=True)
        (data / "images" / f"{name}.tif").rename(folder / f"{name}.tif")
    words = ("-o", "out", "--format", "kaggle", "mask")
    code, out, err = run("segment", "stage1_test", *words)
    assert (code, err) == (0, "")
    assert {"a_mask.png", "b_mask.png", "submission.csv"} <= files_in(tmp_path / "out")
    assert f"Run lengths of all images: {Path('out', 'submission.csv')}" in out
    code, _, err = run("segment", "stage1_test", "--format", "kaggle")
    assert code == 1 and "Name one folder for the results" in err


def test_a_file_named_mask_holds_255_in_nuclei_and_the_choice_is_printed(
    run: CommandLine, data: Path, tmp_path: Path
) -> None:
    code, out, err = run("segment", "data/images/a.tif", "-o", "mask.png")
    assert (code, err) == (0, "")
    assert out.startswith("mask.png: format mask, binary PNG, 255 in nuclei")
    assert set(np.unique(read_image(tmp_path / "mask.png").pixels)) == {0, 255}


def test_a_quoted_tilde_is_the_home_folder(
    run: CommandLine,
    data: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    files_in: FilesIn,
) -> None:
    monkeypatch.setenv("HOME", str(data))
    monkeypatch.setenv("USERPROFILE", str(data))
    words = ("-o", "~/out", "--all-nuclei", "~/all.csv", "~/images/b*")
    code, _, err = run("segment", "~/images/a.tif", *words)
    assert (code, err) == (0, "")
    assert (data / "out" / "b_labels.tif").is_file()
    assert (data / "all.csv").is_file()
    assert not (tmp_path / "~").exists()


def test_settings_reach_the_segmenter(
    run: CommandLine, data: Path, tmp_path: Path
) -> None:
    image = data / "images" / "a.tif"
    words = "--diameter native --probability 0.5 --tile 64 --overlap 16".split()
    assert run("segment", image, "-o", "one", *words)[0] == 0
    assert run("segment", image, "-o", "none", *words, "--min-size", "99999")[0] == 0
    assert read_image(tmp_path / "one" / "a_labels.tif").pixels.any()
    assert not read_image(tmp_path / "none" / "a_labels.tif").pixels.any()


def test_the_command_writes_the_labels_of_the_library(
    run: CommandLine,
    data: Path,
    tmp_path: Path,
    scene: tuple[NDArray[Any], NDArray[Any]],
) -> None:

    run("segment", data / "images" / "a.tif", "-o", "out")
    written = read_image(tmp_path / "out" / "a_labels.tif").pixels
    np.testing.assert_array_equal(written, load_segmenter().segment(scene[0]))


def test_a_bad_file_in_a_folder_is_reported_and_the_others_are_segmented(
    run: CommandLine, data: Path, tmp_path: Path, files_in: FilesIn
) -> None:
    (data / "images" / "bad.png").write_bytes(b"hello")
    code, out, err = run("segment", data / "images", "-o", "out")
    assert code == 1
    assert err.count("\n") == 1
    assert "bad.png: failed: bad.png is not an image that can be read" in err
    assert out.splitlines()[-1].startswith("2 of 3 images, ")
    assert out.splitlines()[-1].endswith(" nuclei, 1 failed")
    names = {"a_labels.tif", "b_labels.tif", "results.csv", "results.json"}
    assert files_in(tmp_path / "out") == names
    record = read_run_record(tmp_path / "out")
    assert record["command"] == f"napari-nuclei segment {data / 'images'} -o out"
    assert record["settings"]["formats"] == ["labels"]
    assert record["model"]["card"]["name"] == "nuclei"


def test_a_pattern_selects_files(run: CommandLine, data: Path, tmp_path: Path) -> None:
    code, out, _ = run("segment", "data/images/*.tif", "-o", "out")
    assert code == 0
    assert "2 of 2 images" in out


def test_a_constant_image_has_no_nuclei_and_is_no_error(
    run: CommandLine, tmp_path: Path
) -> None:
    cv2.imwrite(str(tmp_path / "flat.png"), np.full((64, 64), 90, np.uint8))
    code, out, err = run("segment", "flat.png", "-o", "out", "--overlay", "--table")
    assert (code, err) == (0, "")
    assert "flat.png: 0 nuclei" in out
    assert not read_image(tmp_path / "out" / "flat_labels.tif").pixels.any()


def test_an_own_model_is_used_by_name_and_by_path(
    run: CommandLine, data: Path, tmp_path: Path
) -> None:
    shutil.copytree(BUNDLED / DEFAULT_MODEL, tmp_path / "copy")
    run("models", "import", "copy", "--name", "mine")
    for model in ("mine", "copy", tmp_path / "copy"):
        words = ("segment", data / "images" / "a.tif", "-o", "out", "--model", model)
        assert run(*words)[0] == 0


def test_a_second_run_on_a_folder_skips_finished_files_and_joins_the_tables(
    run: CommandLine, data: Path, tmp_path: Path
) -> None:
    words = ("segment", data / "images", "-o", "out", "--all-nuclei", "all.csv")
    code, first, err = run(*words)
    assert (code, err) == (0, "")
    _, second, _ = run(*words)
    assert second.count("done earlier") == 2
    with (tmp_path / "all.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert f"2 of 2 images, {len(rows)} nuclei" in first
    assert f"2 of 2 images, {len(rows)} nuclei" in second


def test_axes_are_named_for_a_tiff_too(
    run: CommandLine, tmp_path: Path, scene: tuple[NDArray[Any], NDArray[Any]]
) -> None:
    image = scene[0]
    stack = np.stack([np.stack([image, image[::-1]])] * 2)
    tifffile.imwrite(tmp_path / "zc.tif", stack)
    code, _, err = run("segment", "zc.tif", "-o", "out")
    assert code == 1
    assert "does not name 2 of its 4 axes" in err
    assert "--axes" in err
    code, _, err = run(
        *("segment", "zc.tif", "-o", "out", "--axes", "ZCYX", "--channel", "0")
    )
    assert code == 0, err
    labels = read_image(tmp_path / "out" / "zc_labels.tif")
    assert (labels.axes, labels.pixels.shape) == ("ZYX", (2, *image.shape))


def test_notes_on_an_unusual_image_name_its_file_once(
    run: CommandLine, data: Path, scene: tuple[NDArray[Any], NDArray[Any]]
) -> None:
    spoilt = scene[0].copy()
    spoilt[140:150, 20:120] = 60_000
    cv2.imwrite(str(data / "images" / "b.tif"), spoilt)
    for earlier in (False, True):
        code, out, err = run("segment", "data/images", "-o", "out")
        assert code == 0
        assert ("done earlier" in out) == earlier
        (line,) = err.splitlines()
        note = line.removeprefix(f"{Path('data', 'images', 'b.tif')}: ")
        assert note.startswith("Many pixels have the value 60000")
    with Path("out", "results.csv").open(newline="") as file:
        assert [row["notes"] for row in csv.DictReader(file)] == ["", note]
    _, _, err = run("segment", "data/images", "-o", "plain", "--no-correct")
    assert err == ""


def test_unnamed_channels_are_not_silently_taken_for_planes(
    run: CommandLine, scene: tuple[NDArray[Any], NDArray[Any]], tmp_path: Path
) -> None:
    two = np.stack([scene[0], scene[0][::-1]])
    tifffile.imwrite(tmp_path / "two.tif", two, photometric="minisblack")
    code, _, err = run("segment", "two.tif", "-o", "planes")
    assert code == 0
    assert err.startswith("two.tif: The file does not say what its 2 pictures are.")
    named = ("--axes", "CYX", "--channel", "1")
    code, _, err = run("segment", "two.tif", "-o", "one", *named)
    assert (code, err) == (0, "")
    labels = read_labels(tmp_path / "one" / "two_labels.tif")
    np.testing.assert_array_equal(labels, load_segmenter().segment(two[1]))


@pytest.mark.parametrize("channel", ["green", "1"])
def test_a_channel_of_an_rgb_image_has_a_name(
    run: CommandLine,
    scene: tuple[NDArray[Any], NDArray[Any]],
    tmp_path: Path,
    channel: str,
) -> None:
    rgb = np.stack([scene[0][::-1], scene[0], 0 * scene[0]], axis=-1)
    cv2.imwrite(str(tmp_path / "rgb.png"), rgb[..., ::-1])
    options = ("--channel", channel, "--overlay", "--table")
    code, _, err = run("segment", "rgb.png", "-o", "out", *options)
    assert (code, err) == (0, "")
    labels = read_labels(tmp_path / "out" / "rgb_labels.tif")
    expected = load_segmenter().segment(rgb[..., 1])
    np.testing.assert_array_equal(labels, expected)
    api = load_segmenter().segment(rgb, channel=channel if channel == "green" else 1)
    np.testing.assert_array_equal(api, expected)
    table = read_table(tmp_path / "out" / "rgb_nuclei.csv")
    means = [rgb[..., 1][labels == label].mean() for label in table.index]
    np.testing.assert_allclose(table["intensity_mean"], means, rtol=1e-5)


def test_a_folder_is_measured_into_one_table_and_counts_by_region(
    run: CommandLine, data: Path, tmp_path: Path
) -> None:
    left = [[0, 0], [100, 0], [100, 160], [0, 160], [0, 0]]
    feature = {"geometry": {"type": "Polygon", "coordinates": [left]}}
    (tmp_path / "left.geojson").write_text(json.dumps({"features": [feature]}))
    for name in "ab":
        shutil.copy(tmp_path / "left.geojson", data / f"{name}.geojson")
    options = ("--image", f"mask={data / 'masks'}", "--ring", "1px:3px")
    options += ("--threshold", "mask_mean", "--regions", data / "{stem}.geojson")
    options += ("--properties", "area", "mean")
    code, out, err = run("segment", data / "images", "-o", "out", *options)
    assert code == 0, err
    assert err.count("Limit of mask_mean by Otsu's method: ") == 2
    assert f"All nuclei: {Path('out', 'nuclei.csv')}" in out
    assert f"Regions: {Path('out', 'nuclei_regions.csv')}" in out
    table = read_table(tmp_path / "out" / "nuclei.csv")
    files = table.index.get_level_values("file").unique()
    assert [Path(file).name for file in files] == ["a.tif", "b.tif"]
    assert {*table} == {
        *("area", "class", "intensity_mean", "intensity_ring_mean"),
        *("mask_mean", "mask_ring_mean"),
    }
    counts = read_table(tmp_path / "out" / "nuclei_regions.csv")
    assert counts["region"].tolist() == ["region 1", "rest"] * 2
    assert counts["nuclei"].sum() == len(table)
    code, out, _ = run("segment", data / "images", "-o", "out", *options)
    assert out.count("done earlier") == 2


def test_plain_tables_have_the_columns_that_they_had(
    run: CommandLine, data: Path, tmp_path: Path
) -> None:
    assert run("segment", data / "images" / "a.tif", "-o", "a.csv")[0] == 0
    words = ("segment", data / "images" / "a.tif", "-o", "b.csv", "--ring", "2px")
    assert run(*words)[0] == 0
    plain, rings = read_table(tmp_path / "a.csv"), read_table(tmp_path / "b.csv")
    added = [name for name in rings if name not in plain]
    assert all("_ring_" in name for name in added)
    pd.testing.assert_frame_equal(plain, rings[list(plain)])


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("-o out --ring 1um:2um", "1um needs the size of a pixel"),
        ("-o out --image k=none.tif", "none.tif: there is no such file"),
        ("-o out --image k=data/small.tif", "has Y 20, X 30, the labels have Y 160"),
        ("-o out --threshold aera=3", "no column 'aera'"),
        ("-o out --properties aera", "Did you mean 'area'?"),
        ("-o out --regions data/far.geojson", "'far' of far.geojson lies outside"),
        ("-o out --classify data/far.geojson", "is not a classifier file"),
        ("-o out --stains pas", "stain must be one of"),
        ("-o out --background 200", "background must be a percentile"),
        ("-o big.zarr --ring 2px", "Segment it, then run: napari-nuclei measure"),
        ("-o out --classify a.json --threshold area", "not allowed with"),
    ],
)
def test_tables_that_cannot_be_made_get_one_line(
    run: CommandLine,
    data: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    words: str,
    message: str,
) -> None:
    tifffile.imwrite(data / "small.tif", np.zeros((20, 30), np.uint8))
    far = [[900, 900], [990, 900], [990, 990], [900, 900]]
    feature = {"geometry": {"type": "Polygon", "coordinates": [far]}}
    feature["properties"] = {"name": "far"}
    (data / "far.geojson").write_text(json.dumps({"features": [feature]}))
    try:
        code, _, err = run("segment", "data/images/a.tif", *words.split())
    except SystemExit as exit_code:
        code, err = exit_code.code, capsys.readouterr().err
    assert code in (1, 2)
    assert message in err
    assert len(err.strip().splitlines()) == 1
    assert not [*tmp_path.glob("out/*nuclei*")]


def test_one_image_for_a_folder_is_refused_before_the_run(
    run: CommandLine, data: Path, tmp_path: Path
) -> None:
    image = f"k={data / 'masks' / 'a.tif'}"
    code, _, err = run("segment", data / "images", "-o", "out", "--image", image)
    assert code == 1
    assert "is one file for 2 images; name a folder with a file for each image" in err
    assert not (tmp_path / "out").exists()
