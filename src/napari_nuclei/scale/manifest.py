"""The manifest of a folder: one row per file, so that a later run can resume."""

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
"""Separates file names; no name contains it."""

NOTE_SEPARATOR = "; "
"""Separates notes; no note contains it."""

MANIFEST_COLUMNS = (
    *("file", "status", "nuclei", "seconds", "reason", "run", "written", "notes"),
)
DONE, FAILED = "done", "failed"


@dataclass(frozen=True, slots=True)
class ManifestRow:
    """The result of a file.

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
        Fingerprint of the content of the file and of the settings.
    written : str
        Names of the files written, separated by slashes, which no name contains.
    notes : str
        Notes on an unusual image, separated by semicolons, which no note contains.
    """

    file: str
    status: str
    nuclei: int
    seconds: float
    reason: str
    run: str
    written: str
    notes: str = ""

    @property
    def output_names(self) -> list[str]:
        """Names of the files written."""
        return self.written.split(NAME_SEPARATOR)

    @property
    def separate_notes(self) -> tuple[str, ...]:
        """Notes on an unusual image, one by one."""
        return tuple(self.notes.split(NOTE_SEPARATOR)) if self.notes else ()


def run_fingerprint(path: Path, settings: Any) -> str:
    """Return a text that changes when a file or the settings change."""
    try:
        now = path.stat()
        state = [now.st_size, now.st_mtime_ns]
    except OSError:
        state = []
    text = json.dumps([state, settings], default=str, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def read_manifest(folder: Path) -> dict[str, ManifestRow]:
    """Return the last row of each file in a folder's manifest, by file.

    Raises
    ------
    OSError
        If the manifest cannot be read.
    ValueError
        If the file of this name is not a manifest.
    """
    path = folder / MANIFEST_NAME
    if not path.exists():
        return {}
    # File names may hold bytes that are not UTF-8; surrogateescape preserves them.
    text = path.read_text(encoding="utf-8", errors="surrogateescape")
    header = ",".join(MANIFEST_COLUMNS)
    if not header.startswith(text.partition("\n")[0]):  # a killed run may cut it short
        raise ValueError(
            f"{path} is not a manifest of an earlier run. Move it, or name another "
            "folder"
        )
    rows = {}
    # The header of an earlier version lacks the last column, which new rows have.
    lines = io.StringIO(text, newline="")
    lines.readline()
    for values in csv.DictReader(lines, MANIFEST_COLUMNS):
        try:
            row = ManifestRow(
                values["file"],
                values["status"],
                int(values["nuclei"]),
                float(values["seconds"]),
                values["reason"],
                values["run"],
                values["written"] or "",
                values["notes"] or "",
            )
        except (KeyError, TypeError, ValueError):  # a killed run cut it short
            continue
        rows[row.file] = row
    return rows


def list_output_names(folder: Path) -> set[str]:
    """Return the names of the files that earlier runs wrote to a folder."""
    try:
        rows = read_manifest(folder)
    except (OSError, ValueError):
        return set()
    names = {name for row in rows.values() for name in row.output_names}
    return names | {MANIFEST_NAME} if rows else names


def is_done(row: ManifestRow | None, run: str, folder: Path) -> bool:
    """Return whether an earlier run segmented a file and its results still exist."""
    return (
        row is not None
        and (row.status, row.run) == (DONE, run)
        and all((folder / name).is_file() for name in row.output_names)
    )


def append_to_manifest(folder: Path, row: ManifestRow) -> None:
    """Append a row at once, so that finished files are listed if the run is killed."""
    path = folder / MANIFEST_NAME
    new = not path.exists()
    with path.open("a", newline="", encoding="utf-8", errors="surrogateescape") as file:
        if new:
            csv.writer(file, lineterminator="\n").writerow(MANIFEST_COLUMNS)
        csv.writer(file, lineterminator="\n").writerow(asdict(row).values())


def write_manifest(folder: Path, rows: Iterable[ManifestRow]) -> None:
    """Write the manifest in order, without outdated rows."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(MANIFEST_COLUMNS)
    writer.writerows(asdict(row).values() for row in rows)
    content = text.getvalue().encode(errors="surrogateescape")
    write_atomic(folder / MANIFEST_NAME, content)


def update_manifest(folder: Path, rows: Iterable[ManifestRow]) -> None:
    """Append rows to the manifest, and remove the earlier rows of their files.

    The manifest is read again, since other runs may have written to it meanwhile.
    """
    new = {row.file: row for row in rows}
    others = [row for file, row in read_manifest(folder).items() if file not in new]
    write_manifest(folder, [*others, *new.values()])
