from __future__ import annotations

from pathlib import Path

import pytest

from napari_nuclei.report.conditions import (
    apply_conditions,
    check_controls,
    read_conditions,
)
from napari_nuclei.report.report_results import PlateShape, ReportImage, Results


@pytest.mark.parametrize(
    "content",
    [
        b"well,condition\nA1,drug\nB02,DMSO\n",
        b"\xef\xbb\xbfWell;Plate;Condition\r\na01;x;drug\r\nb/2;x;DMSO\r\n;;\r\n",
        b"condition\twell\ndrug\tA01\nDMSO\tB2\n\tC3",
    ],
    ids=["commas", "semicolons", "tabs"],
)
def test_tables_of_spreadsheets_are_read(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "c.csv").write_bytes(content)
    key, found = read_conditions(tmp_path / "c.csv")
    assert (key, found) == ("well", {"A01": "drug", "B02": "DMSO"})


def test_letters_of_older_spreadsheets_are_read(tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_bytes("file,condition\na.tif,1 µM\n".encode("cp1252"))
    assert read_conditions(tmp_path / "c.csv") == ("file", {"a.tif": "1 µM"})


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "needs the columns well .* it has nothing"),
        (b"well,dose\nA1,3\n", "needs the columns well .* it has well, dose"),
        (b"well,condition\nA1,x\nA01,y\n", "line 3: A01 has the conditions x and y"),
        (b"well,condition\nA1,\n", "states no condition"),
        (b"PK\0\x03", "is not a table of conditions"),
    ],
)
def test_a_wrong_table_is_described(
    tmp_path: Path, content: bytes, message: str
) -> None:
    (tmp_path / "c.csv").write_bytes(content)
    with pytest.raises(ValueError, match=message):
        read_conditions(tmp_path / "c.csv")


def test_conditions_go_to_wells_and_files_and_misses_are_remarked(
    tmp_path: Path,
) -> None:
    images = [
        ReportImage("plate/a.tif", "a.tif", well="A01"),
        ReportImage("plate/b.tif", "b.tif", well="A02"),
    ]
    results = Results(tmp_path, images, plate=PlateShape(("A",), ("1", "2")))
    (tmp_path / "c.csv").write_text("well,condition\nA1,drug\nH12,DMSO\n")
    assert apply_conditions(results, tmp_path / "c.csv") == ["drug", "DMSO"]
    assert [image.condition for image in images] == ["drug", ""]
    assert results.remarks == [
        "1 of 2 rows of c.csv fit no image: H12",
        "1 of 2 images have no condition in c.csv",
    ]
    (tmp_path / "c.csv").write_text("file,condition\nb,DMSO\na.tif,drug\n")
    apply_conditions(results, tmp_path / "c.csv")
    assert [image.condition for image in images] == ["drug", "DMSO"]
    (tmp_path / "c.csv").write_text("file,condition\nx,DMSO\n")
    with pytest.raises(ValueError, match="fits none of the images: no image has the"):
        apply_conditions(results, tmp_path / "c.csv")


def test_a_misspelt_control_gets_the_nearest_condition() -> None:
    check_controls(("drug", "DMSO"), ["DMSO", "drug", "other"])
    with pytest.raises(ValueError, match=r"no condition DMS0\. Did you mean DMSO\?"):
        check_controls(("drug", "DMS0"), ["DMSO", "drug"])
    with pytest.raises(ValueError, match="two different conditions"):
        check_controls(("drug", "drug"), ["DMSO", "drug"])
