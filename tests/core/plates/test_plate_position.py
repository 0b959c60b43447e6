from __future__ import annotations

import pytest

from napari_nuclei.core.plates.plate_position import (
    PlatePosition,
    name_well,
    split_well,
)


@pytest.mark.parametrize(
    ("row", "column", "well"),
    [("1", 1, "A01"), ("26", 3, "Z03"), ("27", 3, "AA03"), ("32", 48, "AF48")],
)
def test_a_numbered_row_becomes_letters(row: str, column: int, well: str) -> None:
    assert name_well(row, column) == well
    assert split_well(well) == (well[:-2], column)


@pytest.mark.parametrize("text", ["", "7", "A", "ABC1", "A123"])
def test_other_text_is_no_well(text: str) -> None:
    with pytest.raises(ValueError, match=r"letter and a number \(B07\); got"):
        split_well(text)


def test_a_position_without_a_field_is_described_by_its_well() -> None:
    assert PlatePosition("P24").describe() == "well P24"
    assert PlatePosition("P24").as_columns()["field"] == ""
