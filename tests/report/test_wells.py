from __future__ import annotations

import pytest

from napari_nuclei.report.report_results import ReportImage
from napari_nuclei.report.wells import (
    choose_plate,
    find_wells,
    format_well,
    name_of_well,
    split_well,
    well_of_name,
)


@pytest.mark.parametrize(
    ("name", "well"),
    [
        ("A01.tif", "A01"),
        ("plate7_H12_s3_w1.tif", "H12"),
        ("r02c03f01p01-ch1sk1fk1fl1.tiff", "B03"),
        ("screen-p24-dapi.tif", "P24"),
        ("b7.png", "B07"),
        ("image_001.tif", ""),
        ("A25.tif", ""),
        ("GA01.tif", ""),
        ("no suffix", ""),
    ],
)
def test_a_well_is_read_from_a_name(name: str, well: str) -> None:
    assert well_of_name(name) == well


def test_names_have_wells_only_if_most_have_one_and_they_differ() -> None:
    assert find_wells(["A01.tif", "B02.tif"]) == ["A01", "B02"]
    assert find_wells(["A01.tif", "A01_2.tif"]) == ["", ""]
    assert find_wells(["A01.tif", "B02.tif", "x.tif"]) == ["", "", ""]
    assert find_wells([]) == []


@pytest.mark.parametrize(
    ("wells", "rows", "columns"),
    [(["A01", "B03"], 2, 3), (["H1"], 8, 12), (["C13"], 16, 24), (["AF48"], 32, 48)],
)
def test_the_smallest_plate_holds_the_wells(
    wells: list[str], rows: int, columns: int
) -> None:
    plate = choose_plate(ReportImage(well, well, well=well) for well in wells)
    assert plate is not None
    assert (len(plate.rows), len(plate.columns)) == (rows, columns)


def test_wells_of_other_names_have_the_name_that_the_page_makes() -> None:
    paths = ("A/1", "B/12", "1/2", "row/col")
    assert [*map(name_of_well, paths)] == ["A01", "B12", "102", "rowcol"]


def test_images_without_wells_are_no_plate() -> None:
    assert (
        choose_plate([ReportImage("a", "a"), ReportImage("b", "b", well="x")]) is None
    )
    assert (format_well(" a/1 "), format_well("left")) == ("A01", "left")
    assert split_well("left") is None
