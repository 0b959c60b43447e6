from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zarr
from numpy.typing import NDArray
from ome_zarr.format import FormatV04
from ome_zarr.writer import write_image

from napari_nuclei import load_segmenter
from napari_nuclei.io.label_files import read_labels
from napari_nuclei.io.tables import read_table

CommandLine = Callable[..., tuple[int, str, str]]


@pytest.mark.parametrize("output", ["out.zarr", "out"])
def test_a_zarr_segmented_in_blocks_has_the_labels_of_its_array(
    run: CommandLine,
    scene: tuple[NDArray[Any], NDArray[Any]],
    tmp_path: Path,
    output: str,
) -> None:
    zarr.save_array(tmp_path / "big.zarr", scene[0])
    code, out, err = run(
        "segment", "big.zarr", "-o", output, "--block", "96", "--table"
    )
    assert (code, err) == (0, "")
    labels_at, table_at = (Path(line.strip()) for line in out.splitlines()[1:])
    labels = zarr.open_array(labels_at / "0", mode="r")[:]
    expected = load_segmenter().segment(scene[0])
    np.testing.assert_array_equal(labels > 0, expected > 0)
    assert f"big.zarr: {expected.max()} nuclei in " in out
    with table_at.open(newline="") as file:
        assert len(list(csv.DictReader(file))) == expected.max()
    code, _, err = run("segment", "big.zarr", "-o", output, "--block", "96")
    assert code == 1
    assert "exists; remove it or name another destination" in err


def test_without_an_output_labels_and_table_are_next_to_the_image(
    run: CommandLine, scene: tuple[NDArray[Any], NDArray[Any]], tmp_path: Path
) -> None:
    (tmp_path / "in").mkdir()
    zarr.save_array(tmp_path / "in" / "big.zarr", scene[0])
    code, _, err = run("segment", "in/big.zarr", "--format", "parquet")
    assert (code, err) == (0, "")
    assert (tmp_path / "in" / "big_labels.zarr" / "0").is_dir()
    table = read_table(tmp_path / "in" / "big_nuclei.parquet")
    assert len(table) == load_segmenter().segment(scene[0]).max()


def test_labels_go_into_the_image_and_its_table_beside_it(
    run: CommandLine, scene: tuple[NDArray[Any], NDArray[Any]], tmp_path: Path
) -> None:
    group = zarr.open_group(tmp_path / "big.zarr", mode="w", zarr_format=2)
    write_image(scene[0], group, axes="yx", scale_factors=[2], fmt=FormatV04())
    command = ("segment", "big.zarr", "--into-image", "--labels-name", "mine")
    code, out, err = run(*command, "--table")
    assert (code, err) == (0, "")
    assert "big.zarr/labels/mine" in out.replace("\\", "/")
    assert group["labels"].attrs["labels"] == ["mine"]
    expected = load_segmenter().segment(scene[0])
    labels = read_labels(tmp_path / "big.zarr")
    np.testing.assert_array_equal(labels > 0, expected > 0)
    assert len(read_table(tmp_path / "big_nuclei.csv")) == expected.max()
    code, _, err = run(*command)
    assert code == 1 and "mine already exists" in err
    code, _, err = run(*command, "-o", "other.zarr")
    assert code == 1 and "either into the image (--into-image) or to a zarr" in err


def test_the_version_of_ome_zarr_is_an_option(
    run: CommandLine, scene: tuple[NDArray[Any], NDArray[Any]], tmp_path: Path
) -> None:
    zarr.save_array(tmp_path / "big.zarr", scene[0])
    code, _, err = run("segment", "big.zarr", "-o", "a.zarr", "--ome-version", "0.4")
    assert (code, err) == (0, "")
    attributes = zarr.open_group(tmp_path / "a.zarr", mode="r").attrs
    assert attributes["multiscales"][0]["version"] == "0.4"


@pytest.mark.parametrize("option", ["--into-image", "--ome-version=0.4"])
def test_options_of_ome_zarr_are_refused_for_files(
    run: CommandLine, tmp_path: Path, option: str
) -> None:
    (tmp_path / "a.tif").touch()
    code, _, err = run("segment", "a.tif", option)
    assert code == 1
    assert f"{option.partition('=')[0]} is for a zarr or a slide" in err


WRONG_LARGE: dict[str, tuple[list[str], str]] = {
    "two at once": (["a.zarr", "b.zarr"], "Only one zarr, slide or plate can be"),
    "an overlay": (["a.zarr", "--overlay"], "The format overlay is not available for"),
    "a mask": (["a.zarr", "--format", "mask"], "The format mask is not available for"),
    "two tables": (
        ["a.zarr", "--format", "csv", "parquet"],
        "has one table; choose the format csv or parquet",
    ),
    "a table of all nuclei": (
        ["a.zarr", "--all-nuclei", "all.csv"],
        "--all-nuclei is not available for a zarr or a slide; use --table",
    ),
    "a missing file": (["a.zarr"], "a.zarr: there is no such file or folder"),
}


@pytest.mark.parametrize(
    ("words", "message"), WRONG_LARGE.values(), ids=list(WRONG_LARGE)
)
def test_a_mistake_with_a_large_image_prints_one_line(
    run: CommandLine, words: list[str], message: str
) -> None:
    code, _, err = run("segment", *words, "-o", "out")
    assert code == 1
    assert len(err.splitlines()) == 1
    assert message in err


def test_notes_on_an_unusual_image_are_those_of_its_array(
    run: CommandLine, scene: tuple[NDArray[Any], NDArray[Any]], tmp_path: Path
) -> None:
    spoilt = scene[0].copy()
    spoilt[140:150, 20:120] = 60_000
    zarr.save_array(tmp_path / "big.zarr", spoilt)
    code, _, err = run("segment", "big.zarr", "--block", "96")
    (note,) = load_segmenter().run(spoilt).notes
    assert (code, err) == (0, f"big.zarr: {note}\n")
