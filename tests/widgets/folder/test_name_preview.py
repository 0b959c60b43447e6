from __future__ import annotations

from pathlib import Path

import pytest

from napari_nuclei.widgets.folder.name_preview import preview_names


def touch(folder: Path, names: str) -> Path:
    folder.mkdir(exist_ok=True)
    for name in names.split():
        (folder / name).touch()
    return folder


def test_three_names_are_read_by_the_recognised_pattern(plate: Path) -> None:
    found = preview_names(plate)
    assert found.text.splitlines() == [
        "5 image files, 3 images of 2 channels.",
        "A01_s1_w1: well A01, field 1, channel w1",
        "B02_s1_w1: well B02, field 1, channel w1",
        "C03_s1_w1: well C03, field 1, channel w1",
    ]
    assert found.channels == ("w1", "w2")
    assert (found.problem, found.nuclear_channel) == ("", "")
    assert found.pattern.startswith("{well}_s{field}_w{channel}")


def test_the_channel_of_a_nuclear_stain_is_proposed(tmp_path: Path) -> None:
    folder = touch(tmp_path / "in", "A01_1_GFP.tif A01_1_dapi.tif notes.txt")
    assert preview_names(folder).nuclear_channel == "dapi"


@pytest.mark.parametrize(
    ("names", "pattern", "text", "problem"),
    [
        ("", "", "in holds no images.", True),
        (
            "a.tif b.tif",
            "",
            "2 image files. Each is an image of its own. If",
            False,
        ),
        ("A01.tif B01.tif", "none", "2 image files. Each is an image of its", False),
        ("a.tif", "{wel}", "There is no placeholder {wel}; did you mean {well}?", True),
        ("a.tif", "{well}", "a.tif does not fit the pattern {well}.", True),
        ("A01.tif", "{well}", "1 image file, 1 image.\nA01: well A01", False),
    ],
)
def test_other_folders_are_described(
    tmp_path: Path, names: str, pattern: str, text: str, problem: bool
) -> None:
    found = preview_names(touch(tmp_path / "in", names), pattern)
    assert found.text.startswith(text)
    assert bool(found.problem) == problem
    assert found.channels == ()


def test_a_missing_folder_is_one_line(tmp_path: Path) -> None:
    assert "cannot be read: No such file" in preview_names(tmp_path / "x").problem


def test_a_plate_is_described(hcs: Path, tmp_path: Path) -> None:
    found = preview_names(hcs)
    assert found.channels == ("channel_0", "channel_1")
    text = found.text
    assert text.startswith("A plate of 2 wells and 2 fields. The labels are added to")
    touch(tmp_path / "x.zarr", "a.tif")
    assert preview_names(tmp_path / "x.zarr").problem


def test_results_next_to_their_images_are_left_out(plate: Path) -> None:
    touch(plate, "A01_s1_labels.tif A01_s1_overlay.png results.csv")
    assert preview_names(plate).text.startswith("5 image files, 3 images of 2")


def test_a_folder_inside_that_holds_the_images_is_named(plate: Path) -> None:
    (plate.parent / "Assay").mkdir()
    assert "Choose the folder inside that holds them, such as plate." in (
        preview_names(plate.parent).problem
    )
