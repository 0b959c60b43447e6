"""Join the run lengths of all images of a run to one file to submit."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from napari_nuclei.io.atomic import write_atomic
from napari_nuclei.io.outlines.run_lengths import join_submissions
from napari_nuclei.io.writers import find_writers
from napari_nuclei.scale.file_result import FileResult

KAGGLE = "kaggle"
"""Name of the format of run lengths."""

SUBMISSION_FILE = "submission.csv"


def wants_submission(formats: Sequence[str] | None) -> bool:
    """Return whether a run writes run lengths."""
    return formats is not None and KAGGLE in formats


def check_submission_folder(folders: Sequence[Path]) -> None:
    """Raise ValueError if the results of a run go to several folders."""
    if len(folders) > 1:
        raise ValueError(
            f"The format {KAGGLE} writes one {SUBMISSION_FILE} of all images, but the "
            f"results go to {len(folders)} folders. Name one folder for the results"
        )


def write_submission(results: Sequence[FileResult], folder: Path) -> Path | None:
    """Write the run lengths of all images to one file.

    Parameters
    ----------
    results : sequence of FileResult
        Results with the format of run lengths; failed ones have no rows.
    folder : Path
        Folder of the results.

    Returns
    -------
    Path, optional
        None if no image was segmented.
    """
    (writer,) = find_writers([KAGGLE])
    parts = [
        path
        for result in results
        for path in result.written
        if path.name.endswith(writer.ending)
    ]
    if not parts:
        return None
    path = folder / SUBMISSION_FILE
    write_atomic(path, join_submissions(parts))
    return path
