from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from napari_nuclei.cli.print_results import print_file_result, print_summary
from napari_nuclei.scale.file_result import REMOVED, FileResult

DONE = FileResult(
    Path("a.tif"), 12, 0.5, (Path("out/a_labels.tif"),), left_out="3 small, 2 faint"
)
STACK = FileResult(Path("z.tif"), 164, 2.1, stack="in 9 slices (not joined)")
JOINED = FileResult(Path("z.tif"), 36, 2.2, stack="in 9 slices")
EARLIER = FileResult(Path("b.tif"), 3, already_done=True, notes=("One.", "Two."))
FAILED = FileResult(Path("c.tif"), reason="c.tif is empty (0 bytes)")


def test_a_result_is_printed_with_its_files(capsys: pytest.CaptureFixture[str]) -> None:
    for result in (DONE, STACK, JOINED, EARLIER, FAILED):
        print_file_result(result)
    captured = capsys.readouterr()
    assert captured.out.splitlines() == [
        "a.tif: 12 nuclei in 0.50 s",
        f"  {Path('out/a_labels.tif')}",
        "  left out: 3 small, 2 faint",
        "z.tif: 164 outlines in 9 slices (not joined), 2.10 s",
        "z.tif: 36 nuclei in 9 slices, 2.20 s",
        "b.tif: 3 labels, done earlier",
    ]
    assert captured.err.splitlines() == [
        "b.tif: One.",
        "b.tif: Two.",
        "c.tif: failed: c.tif is empty (0 bytes)",
    ]


SUMMARIES: dict[str, tuple[list[FileResult], int, str]] = {
    "one image": ([DONE], 0, ""),
    "one failure": ([FAILED], 1, ""),
    "several images": ([DONE, EARLIER], 0, "2 of 2 images, 15 nuclei\n"),
    "a stack": ([DONE, STACK], 0, "2 of 2 images, 176 outlines\n"),
    "joined stack": ([DONE, JOINED], 0, "2 of 2 images, 48 nuclei\n"),
    "a failure": ([DONE, EARLIER, FAILED], 1, "2 of 3 images, 15 nuclei, 1 failed\n"),
}


@pytest.mark.parametrize(("results", "code", "line"), SUMMARIES.values(), ids=SUMMARIES)
def test_several_results_are_summed_up_in_a_line(
    capsys: pytest.CaptureFixture[str],
    results: list[FileResult],
    code: int,
    line: str,
) -> None:
    assert print_summary(results) == code
    assert capsys.readouterr().out == line


def test_removed_results_are_named_in_one_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    gone = [
        FileResult(Path(name), reason=f"out/{name} {REMOVED}")
        for name in ("d.tif", "e.tif")
    ]
    assert print_summary([DONE, *gone]) == 1
    captured = capsys.readouterr()
    assert captured.out == "1 of 3 images, 12 nuclei, 2 failed\n"
    assert captured.err == (
        "d.tif: failed: out/d.tif was removed during the run. Run the same command "
        "again (2 images have no result)\n"
    )


def test_flags_are_printed_for_each_file_and_counted(
    capsys: pytest.CaptureFixture[str],
) -> None:
    blurred = replace(DONE, flags=("out of focus", "low contrast"))
    empty = replace(EARLIER, flags=("empty",))
    print_file_result(blurred)
    print_file_result(empty)
    lines = capsys.readouterr().out.splitlines()
    assert "  flagged: out of focus; low contrast" in lines
    assert lines[-1] == "  flagged: empty"
    print_summary([blurred, empty, DONE, FAILED])
    summary = "2 of 3 images flagged: 1 out of focus, 1 low contrast, 1 empty"
    assert summary in capsys.readouterr().out
