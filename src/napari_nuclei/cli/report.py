"""Print the results of segmented files."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from napari_nuclei.scale.file_result import FileResult


def print_file_result(result: FileResult) -> None:
    """Print the result of one file: nuclei, seconds and the files written.

    The reason of a failure and the notes on an unusual image are printed to standard
    error.
    """
    if result.reason:
        print(f"{result.path}: failed: {result.reason}", file=sys.stderr)
        return
    if result.already_done:
        print(f"{result.path}: {result.nuclei} nuclei, done earlier")
    else:
        print(f"{result.path}: {result.nuclei} nuclei in {result.seconds:.2f} s")
        for path in result.written:
            print(f"  {path}")
    print_notes(result.path, result.notes)


def print_notes(path: str | Path, notes: Sequence[str]) -> None:
    """Print the notes on an unusual image to standard error, one per line."""
    for note in notes:
        print(f"{path}: {note}", file=sys.stderr)


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
        nuclei = sum(result.nuclei for result in results)
        line = f"{len(results) - failed} of {len(results)} images, {nuclei} nuclei"
        print(line + (f", {failed} failed" if failed else ""))
    removed = [r for r in results if r.reason.endswith(REMOVED)]
    if removed:
        more = f" ({len(removed)} images have no result)" if len(removed) > 1 else ""
        print(f"{removed[0].path}: failed: {removed[0].reason}{more}", file=sys.stderr)
    return 1 if failed else 0
