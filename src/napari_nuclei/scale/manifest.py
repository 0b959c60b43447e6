"""The manifest of a folder: a row for every file, which a later run goes on from."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from napari_nuclei.io.atomic import write_atomic

MANIFEST_NAME = "results.csv"
NAME_SEPARATOR = "/"
MANIFEST_COLUMNS = ("file", "status", "nuclei", "seconds", "reason", "run", "written")
DONE, FAILED = "done", "failed"


@dataclass(frozen=True, slots=True)
class ManifestRow:
    """What became of a file.

    Attributes
    ----------
    file : str
        Its path.
    status : str
        "done" or "failed".
    nuclei : int
    seconds : float
    reason : str
        Why it failed.
    run : str
        Tells the file's content and the settings from others.
    written : str
        Names of the files written, between slashes, which no name has.
    """

    file: str
    status: str
    nuclei: int
    seconds: float
    reason: str
    run: str
    written: str

    @property
    def names(self) -> list[str]:
        """The names of the files written."""
        return self.written.split(NAME_SEPARATOR)


def fingerprint(path: Path, settings: Any) -> str:
    """Return what changes where a file or the settings change."""
    try:
        now = path.stat()
        of_file = [now.st_size, now.st_mtime_ns]
    except OSError:
        of_file = []
    text = json.dumps([of_file, settings], default=str, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def read_manifest(folder: Path) -> dict[str, ManifestRow]:
    """Return the rows of a folder's manifest by their files; the last one counts.

    Raises
    ------
    OSError
        If it cannot be read.
    ValueError
        If the file of its name is something else.
    """
    path = folder / MANIFEST_NAME
    if not path.exists():
        return {}
    # Names of files need not be text: what is not UTF-8 comes and goes as it is.
    text = path.read_text(encoding="utf-8", errors="surrogateescape")
    header = ",".join(MANIFEST_COLUMNS)
    if not header.startswith(text.partition("\n")[0]):  # it may be cut short too
        raise ValueError(
            f"{path} is no manifest of an earlier run; move it or name another folder"
        )
    rows = {}
    for values in csv.DictReader(io.StringIO(text, newline="")):
        try:
            row = ManifestRow(
                values["file"],
                values["status"],
                int(values["nuclei"]),
                float(values["seconds"]),
                values["reason"],
                values["run"],
                values["written"] or "",
            )
        except (KeyError, TypeError, ValueError):  # cut short as a run was killed
            continue
        rows[row.file] = row
    return rows


def list_output_names(folder: Path) -> set[str]:
    """Return the names of what earlier runs have written into a folder."""
    try:
        rows = read_manifest(folder)
    except (OSError, ValueError):
        return set()
    names = {name for row in rows.values() for name in row.names}
    return names | {MANIFEST_NAME} if rows else names


def is_done(row: ManifestRow | None, run: str, folder: Path) -> bool:
    """Tell whether an earlier run has done a file, and its results are still there."""
    return (
        row is not None
        and (row.status, row.run) == (DONE, run)
        and all((folder / name).is_file() for name in row.names)
    )


def append_to_manifest(folder: Path, row: ManifestRow) -> None:
    """Add a row, so that a run that is killed leaves those it has finished."""
    path = folder / MANIFEST_NAME
    new = not path.exists()
    with path.open("a", newline="", encoding="utf-8", errors="surrogateescape") as file:
        if new:
            csv.writer(file, lineterminator="\n").writerow(MANIFEST_COLUMNS)
        csv.writer(file, lineterminator="\n").writerow(asdict(row).values())


def write_manifest(folder: Path, rows: Iterable[ManifestRow]) -> None:
    """Write the manifest anew, in order and without rows that were superseded."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(MANIFEST_COLUMNS)
    writer.writerows(asdict(row).values() for row in rows)
    content = text.getvalue().encode(errors="surrogateescape")
    write_atomic(folder / MANIFEST_NAME, content)
