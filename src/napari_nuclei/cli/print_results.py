"""Print the results of segmented files."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from napari_nuclei.core.measure.counts import (
    counted,
    counts_outlines,
    describe_count,
)
from napari_nuclei.core.quality.flags import join_flags, summarize_flags

if TYPE_CHECKING:
    from napari_nuclei.scale.file_result import FileResult
    from napari_nuclei.scale.files.run_plan import RunPlan
    from napari_nuclei.scale.large_result import LargeResult


def print_plan(plan: RunPlan) -> None:
    """Print how names of files are read, and the diameter of all images, if any."""
    if plan.note:
        print(plan.note, flush=True)


def print_file_result(result: FileResult) -> None:
    """Print the result of one file: nuclei, seconds and the files written.

    What was left out and flags follow in a line each. The reason of a failure and the
    notes on an unusual image are printed to standard error.
    """
    if result.reason:
        print(f"{result.path}: failed: {result.reason}", file=sys.stderr)
        return
    if result.already_done:
        # It is not known whether the labels are nuclei, or outlines of a stack.
        print(f"{result.path}: {counted(result.nuclei, 'label')}, done earlier")
    else:
        print(f"{result.path}: {format_found(result, result.count_range)}")
        for path in result.written:
            print(f"  {path}")
    if result.left_out:
        print(f"  left out: {result.left_out}")
    if result.flags:
        print(f"  flagged: {join_flags(result.flags)}")
    print_notes(result.path, result.notes)


def format_found(
    result: FileResult | LargeResult, count_range: tuple[int, int] | None = None
) -> str:
    """Return how much was found, and in what time.

    For example "12 nuclei in 0.50 s", or "164 outlines in 9 slices (not joined), 2.10
    s".
    """
    count = describe_count(result.nuclei, result.stack, count_range)
    return f"{count}{',' if result.stack else ' in'} {result.seconds:.2f} s"


def print_notes(path: str | Path, notes: Sequence[str]) -> None:
    """Print the notes on an unusual image to standard error, one per line."""
    for note in notes:
        print(f"{path}: {note}", file=sys.stderr)


def print_submission(results: Sequence[FileResult]) -> None:
    """Print the path of the file of all run lengths, and which images it lacks."""
    from napari_nuclei.scale.files.submission import SUBMISSION_FILE

    folders = {path.parent for result in results for path in result.written}
    for folder in sorted(folders):
        if (folder / SUBMISSION_FILE).is_file():
            print(f"Run lengths of all images: {folder / SUBMISSION_FILE}")
    failed = sum(bool(result.reason) for result in results)
    if failed:
        print(
            f"{SUBMISSION_FILE} lacks {failed} of {len(results)} images, which failed",
            file=sys.stderr,
        )


def print_summary(results: Sequence[FileResult]) -> int:
    """Print the totals of several files; return the exit code.

    Returns
    -------
    int
        0, or 1 if a file failed.
    """
    from napari_nuclei.scale.file_result import REMOVED

    failed = sum(bool(result.reason) for result in results)
    if len(results) > 1:
        outlines = any(counts_outlines(result.stack) for result in results)
        found = counted(
            sum(result.nuclei for result in results),
            "outline" if outlines else "nucleus",
        )
        line = f"{len(results) - failed} of {len(results)} images, {found}"
        print(line + (f", {failed} failed" if failed else ""))
        if flagged := summarize_flags(
            [result.flags for result in results if not result.reason]
        ):
            print(flagged)
    removed = [result for result in results if result.reason.endswith(REMOVED)]
    if removed:
        count = f" ({len(removed)} images have no result)" if len(removed) > 1 else ""
        print(f"{removed[0].path}: failed: {removed[0].reason}{count}", file=sys.stderr)
    return 1 if failed else 0
