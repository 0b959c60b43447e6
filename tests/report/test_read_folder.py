from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from napari_nuclei.report.read_folder import file_name, read_folder, read_rows

MakeResults = Callable[..., Path]

OLD_HEADER = "file,status,nuclei,seconds,reason,run,written\n"
"""Columns of a manifest of the first version."""


def test_a_folder_is_read_with_its_images_and_wells(make_results: MakeResults) -> None:
    results = read_folder(make_results("A01.tif", "B02.tif"))
    first, second = results.images
    assert (first.name, first.well, second.well) == ("A01.tif", "A01", "B02")
    assert first.image is not None and first.image.name == "A01.tif"
    assert first.labels is not None and first.labels.name == "A01_labels.tif"
    assert [path.name for path in first.tables] == ["A01_nuclei.csv"]
    assert first.values == {"nuclei": 9, "seconds": 0.5, "contrast": 0.25}
    assert results.plate is not None and results.plate.columns == ("1", "2", "3")
    assert results.record["model"]["card"]["name"] == "m"
    assert results.remarks == []


def test_a_folder_of_an_earlier_version_is_read(make_results: MakeResults) -> None:
    out = make_results("a.tif", record=False, header=OLD_HEADER)
    results = read_folder(out)
    assert results.record == {} and results.plate is None
    assert results.images[0].values == {"nuclei": 9, "seconds": 0.5}
    assert results.images[0].image is not None  # in the folder above the results


def test_images_that_are_gone_are_remarked(make_results: MakeResults) -> None:
    out = make_results("a.tif", "b.tif")
    shutil.rmtree(out.parent / "plate")
    results = read_folder(out)
    assert results.images[0].image is None
    assert results.remarks[0].startswith("2 of 2 images were not found")


def test_another_image_of_the_same_name_is_not_taken(
    make_results: MakeResults, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = make_results("a.tif")
    elsewhere = out.parent / "elsewhere"
    shutil.copytree(out.parent / "plate", elsewhere / "plate")
    monkeypatch.chdir(elsewhere)
    assert read_folder(out).images[0].image == out.parent / "plate" / "a.tif"


def test_columns_of_a_manifest_are_known_by_their_names(tmp_path: Path) -> None:
    (tmp_path / "results.csv").write_text(
        "flags,well,file,status,nuclei,focus\n"
        ",d4,y/2.tif,failed,0,0.5\n"
        "out of focus; saturated,c3,x/1.tif,done,7,0.5\n"
        ",,x/2.tif,failed,0,\n"
        ",,x/2.tif,done,4,nan\n"
        f",,x/4.tif,done,{'9' * 400},\n"
        ",c4,x/3.tif,don"
    )
    images = read_folder(tmp_path).images
    assert [image.name for image in images] == ["y/2.tif", "1.tif", "x/2.tif"]
    assert images.pop(0).values == {}
    assert images[0].flags == ("out of focus", "saturated")
    assert images[0].well == "C03"
    assert images[0].values == {"nuclei": 7, "focus": 0.5}
    assert images[1].values == {"nuclei": 4}


def test_rows_of_a_newer_run_have_more_columns_than_an_old_header(
    tmp_path: Path,
) -> None:
    path = tmp_path / "results.csv"
    path.write_text(OLD_HEADER + "a.tif,done,1,1.0,,r,a_labels.tif,A note\n")
    assert read_rows(path)[0]["notes"] == "A note"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("plate,cells\nA1,7\n", "is not a table of results"),
        ("", "is not a table of results"),
        (OLD_HEADER, "lists no image"),
    ],
)
def test_another_table_is_refused(tmp_path: Path, content: str, message: str) -> None:
    (tmp_path / "results.csv").write_text(content)
    with pytest.raises(ValueError, match=message):
        read_folder(tmp_path)


def test_a_folder_without_results_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"has no results\.csv"):
        read_folder(tmp_path)


def test_paths_of_windows_are_understood() -> None:
    assert file_name("D:\\plates\\p 1\\A01.tif") == "A01.tif"
    assert file_name("plates/A01.tif") == "A01.tif"
