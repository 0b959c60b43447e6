"""Print the results of segmented files."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from napari_nuclei.scale.batch import FileResult


def print_file_result(result: FileResult) -> None:
    """Print the result of one file: nuclei, seconds and the files written.

    A failure is printed to standard error, with its reason.
    """
    if result.reason:
        print(f"{result.path}: failed: {result.reason}", file=sys.stderr)
        return
    if result.already_done:
        print(f"{result.path}: {result.nuclei} nuclei, done earlier")
        return
    print(f"{result.path}: {result.nuclei} nuclei in {result.seconds:.2f} s")
    for path in result.written:
        print(f"  {path}")


def print_summary(results: Sequence[FileResult]) -> int:
    """Print the totals of several files; return the exit code.

    Returns
    -------
    int
        0, or 1 if a file failed.
    """
    failed = sum(bool(result.reason) for result in results)
    if len(results) > 1:
        nuclei = sum(result.nuclei for result in results)
        line = f"{len(results) - failed} of {len(results)} images, {nuclei} nuclei"
        print(line + (f", {failed} failed" if failed else ""))
    return 1 if failed else 0
