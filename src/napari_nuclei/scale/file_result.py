"""The result of an image file, and its row in the manifest."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from napari_nuclei.core.plates.plate_position import PlatePosition
from napari_nuclei.core.quality.compare_images import flag_images
from napari_nuclei.core.quality.flags import join_flags, split_flags
from napari_nuclei.core.quality.quality import Quality
from napari_nuclei.scale.records.manifest import (
    DONE,
    FAILED,
    NAME_SEPARATOR,
    NOTE_SEPARATOR,
    ManifestRow,
)

REMOVED = "was removed during the run. Run the same command again"
"""Reason of a file whose results were removed."""


@dataclass(frozen=True, slots=True)
class FileResult:
    """The result of an image file.

    Attributes
    ----------
    path : Path
        The image.
    nuclei : int
        Number of labels in all its planes.
    seconds : float
        Time for reading, segmenting and writing.
    written : tuple of Path
        The files written.
    reason : str
        Why nothing was written; empty if the file was segmented.
    already_done : bool
        Whether an earlier run segmented the file.
    notes : tuple of str
        Sentences about unusual planes, as of `Segmentation`.
    stack : str
        In which planes of a stack outlines were counted, as of `Segmentation`; empty
        for a single plane, and for a file that an earlier run has done.
    count_range : tuple of int, optional
        As of `Segmentation`.
    position : PlatePosition, optional
        Well and field, if the name of the file states them.
    quality : Quality, optional
        Focus, contrast and more in numbers; None for a file that failed, or that a
        version without these numbers has done.
    flags : tuple of str
        What to look at before using the nuclei, such as "out of focus".
    left_out : str
        How many nuclei were found and filtered out, such as "3 small, 2 faint"; empty
        if none.
    """

    path: Path
    nuclei: int = 0
    seconds: float = 0.0
    written: tuple[Path, ...] = ()
    reason: str = ""
    already_done: bool = False
    notes: tuple[str, ...] = ()
    stack: str = ""
    count_range: tuple[int, int] | None = None
    position: PlatePosition | None = None
    quality: Quality | None = None
    flags: tuple[str, ...] = ()
    left_out: str = ""


def check_written(result: FileResult) -> FileResult:
    """Return a result, as a failure if one of its files no longer exists."""
    gone = [path for path in result.written if not os.path.exists(path)]
    if not gone:
        return result
    reason = f"{gone[0]} {REMOVED}"
    return FileResult(result.path, reason=reason, position=result.position)


def flag_results(results: Sequence[FileResult]) -> list[FileResult]:
    """Return the results of a run with flags that compare its images too."""
    flags = flag_images([result.quality for result in results])
    return [
        result if result.quality is None else replace(result, flags=flags_of_file)
        for result, flags_of_file in zip(results, flags, strict=True)
    ]


def make_manifest_row(result: FileResult, run: str) -> ManifestRow:
    """Return the row of a file in the manifest."""
    position = {} if result.position is None else result.position.as_columns()
    return ManifestRow(
        file=str(result.path),
        status=FAILED if result.reason else DONE,
        nuclei=result.nuclei,
        seconds=round(result.seconds, 3),
        reason=result.reason,
        run=run,
        written=NAME_SEPARATOR.join(path.name for path in result.written),
        notes=NOTE_SEPARATOR.join(result.notes),
        **{name: str(value) for name, value in position.items()},
        flags=join_flags(result.flags),
        quality=result.quality,
        left_out=result.left_out,
    )


def read_file_result(row: ManifestRow, folder: Path) -> FileResult:
    """Return the result of a file that an earlier run has done.

    Parameters
    ----------
    row : ManifestRow
    folder : Path
        Folder of the manifest and of the files written.
    """
    return FileResult(
        Path(row.file),
        row.nuclei,
        row.seconds,
        tuple(folder / name for name in row.output_names),
        already_done=True,
        notes=row.separate_notes,
        position=PlatePosition(row.well, row.field) if row.well else None,
        quality=row.quality,
        flags=split_flags(row.flags),
        left_out=row.left_out,
    )
