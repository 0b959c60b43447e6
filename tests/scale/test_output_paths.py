from __future__ import annotations

from pathlib import Path

import pytest

from napari_nuclei.scale.output_paths import is_file_destination, plan_output_paths

IMAGE = Path("in", "cells.png")

PLANS: dict[str, tuple[str | None, list[str] | None, dict[str, str]]] = {
    "nothing": (None, None, {"in/cells_labels.tif": "labels"}),
    "formats": (
        None,
        ["csv", "mask"],
        {"in/cells_nuclei.csv": "csv", "in/cells_mask.png": "mask"},
    ),
    "a folder": ("out", ["labels"], {"out/cells_labels.tif": "labels"}),
    "a file": ("out/labels.tif", None, {"out/labels.tif": "labels"}),
    "a file in capitals": ("A.TIFF", ["labels"], {"A.TIFF": "labels"}),
    "a file whose suffix names the format": ("mine.csv", None, {"mine.csv": "csv"}),
    "a file of the format named": ("m.png", ["mask"], {"m.png": "mask"}),
    "others in the folder of the file": (
        "out/labels.tif",
        ["csv", "labels", "probability"],
        {
            "out/labels_nuclei.csv": "csv",
            "out/labels.tif": "labels",
            "out/labels_probability.tif": "probability",
        },
    ),
    "a name with another point": (
        "out.v2",
        None,
        {"out.v2/cells_labels.tif": "labels"},
    ),
}


@pytest.mark.parametrize(
    ("destination", "formats", "expected"), PLANS.values(), ids=PLANS
)
def test_files_are_written_to_the_destination(
    destination: str | None, formats: list[str] | None, expected: dict[str, str]
) -> None:
    where = None if destination is None else Path(destination)
    found = plan_output_paths(IMAGE, where, formats)
    assert {path.as_posix(): w.name for path, w in found.items()} == expected


def test_a_folder_may_be_named_like_a_file(tmp_path: Path) -> None:
    folder = tmp_path / "old.tif"
    assert is_file_destination(folder)
    folder.mkdir()
    assert not is_file_destination(folder)
    assert [*plan_output_paths(IMAGE, folder, None)] == [folder / "cells_labels.tif"]


def test_a_destination_with_a_suffix_of_no_format_is_refused() -> None:
    with pytest.raises(
        ValueError, match=r"a\.png does not end in \.csv or \.tif\. Name"
    ):
        plan_output_paths(IMAGE, Path("a.png"), ["csv", "labels"])


def test_the_image_is_never_replaced(tmp_path: Path) -> None:
    image = tmp_path / "cells.png"
    image.write_bytes(b"image")
    (tmp_path / "link.png").symlink_to(image)
    for path in (image, tmp_path / "link.png"):
        with pytest.raises(ValueError, match="is the image itself and is not replaced"):
            plan_output_paths(image, path, ["mask"])


@pytest.mark.parametrize("name", ["labels.jpg", "nuclei.json", "nuclei.XLSX"])
def test_a_file_of_a_format_that_is_not_written_is_no_folder(
    tmp_path: Path, name: str
) -> None:
    with pytest.raises(ValueError, match=f"{name}: no format ends in"):
        plan_output_paths(tmp_path / "a.tif", tmp_path / name, None)
    (tmp_path / name).mkdir()
    assert [*plan_output_paths(tmp_path / "a.tif", tmp_path / name, None)] == [
        tmp_path / name / "a_labels.tif"
    ]
