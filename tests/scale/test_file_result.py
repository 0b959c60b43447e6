from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from napari_nuclei.scale.file_result import (
    FileResult,
    make_manifest_row,
    read_file_result,
)

RESULT = FileResult(
    Path("in/a.tif"),
    3,
    0.25,
    (Path("out/a_labels.tif"), Path("out/a_nuclei.csv")),
    notes=("It is noisy. (planes 0, 2)", "The background is uneven."),
)


def test_a_result_comes_back_from_its_row_in_the_manifest() -> None:
    row = make_manifest_row(RESULT, "1f")
    assert (row.status, row.run) == ("done", "1f")
    assert row.notes == "It is noisy. (planes 0, 2); The background is uneven."
    assert read_file_result(row, Path("out")) == replace(RESULT, already_done=True)


def test_the_row_of_a_failed_file_has_the_reason_and_no_notes() -> None:
    row = make_manifest_row(FileResult(Path("b.tif"), reason="b.tif is empty"), "1f")
    assert (row.status, row.reason, row.notes) == ("failed", "b.tif is empty", "")
