from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from napari_nuclei.core.quality.quality import Quality
from napari_nuclei.scale.file_result import (
    FileResult,
    flag_results,
    make_manifest_row,
    read_file_result,
)

RESULT = FileResult(
    Path("in/a.tif"),
    3,
    0.25,
    (Path("out/a_labels.tif"), Path("out/a_nuclei.csv")),
    notes=("It is noisy. (planes 0, 2)", "The background is uneven."),
    quality=Quality(3, 0.3, 0.25, 2.5, 0.5, 0.125, 0.75, 1.0, 2.0, 1),
    flags=("out of focus", "low contrast"),
)


def test_a_result_comes_back_from_its_row_in_the_manifest() -> None:
    row = make_manifest_row(RESULT, "1f")
    assert (row.status, row.run) == ("done", "1f")
    assert row.flags == "out of focus; low contrast"
    assert row.notes == "It is noisy. (planes 0, 2); The background is uneven."
    assert read_file_result(row, Path("out")) == replace(RESULT, already_done=True)


def test_the_row_of_a_failed_file_has_the_reason_and_no_notes() -> None:
    row = make_manifest_row(FileResult(Path("b.tif"), reason="b.tif is empty"), "1f")
    assert (row.status, row.reason, row.notes) == ("failed", "b.tif is empty", "")


def test_results_of_a_run_are_compared_and_those_without_numbers_stay() -> None:
    sharp = [replace(RESULT, quality=Quality(9, focus=0.6), flags=())] * 8
    earlier = replace(RESULT, quality=None, flags=("empty",))
    blurred = replace(sharp[0], quality=Quality(9, focus=0.45))
    *others, with_flag, old = flag_results([*sharp, blurred, earlier])
    assert others == sharp
    assert with_flag.flags == ("out of focus",)
    assert old is earlier
