"""The manifest of a folder: one row per file, so that a later run can resume."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from napari_nuclei.io.atomic import write_atomic
from napari_nuclei.io.locks import lock_path

MANIFEST_NAME = "results.csv"

LOCK_SECONDS = 60.0
"""Longest time to wait for another run that writes the same manifest, in seconds."""

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
    try:
        rows, _ = parse_manifest(path.read_bytes())
    except ValueError:
        raise ValueError(
            f"{path} is not a manifest of an earlier run. Move it, or name another "
            "folder"
        ) from None
    return rows


def parse_manifest(content: bytes) -> tuple[dict[str, ManifestRow], bool]:
    """Decode a manifest.

    Parameters
    ----------
    content : bytes

    Returns
    -------
    rows : dict of str to ManifestRow
        The last row of each file.
    complete : bool
        Whether a row can be appended as it is: the manifest has its header, and its
        last row is not cut short.

    Raises
    ------
    ValueError
        If the content is not that of a manifest.
    """
    # File names may hold bytes that are not UTF-8; surrogateescape preserves them.
    text = content.decode("utf-8", "surrogateescape")
    header = ",".join(MANIFEST_COLUMNS)
    first = text.partition("\n")[0]
    if not header.startswith(first):  # a killed run may cut it short
        raise ValueError("the header differs")
    rows = {}
    complete = bool(first) and text.endswith("\n")
    text = text[: text.rfind("\n") + 1]
    # The header of an earlier version lacks the last column, which new rows have.
    lines = io.StringIO(text, newline="")
    lines.readline()
    reader = csv.DictReader(lines, MANIFEST_COLUMNS, strict=True)
    while True:
        try:
            values = next(reader)
            if values["run"] is None:
                raise ValueError("the row is cut short")
            row = ManifestRow(
                decode_name(values["file"]),
                values["status"],
                int(values["nuclei"]),
                float(values["seconds"]),
                values["reason"],
                values["run"],
                decode_name(values["written"] or ""),
                values["notes"] or "",
            )
        except StopIteration:
            break
        except (KeyError, TypeError, ValueError, csv.Error):  # a killed run cut it
            complete = False
            continue
        rows[row.file] = row
    return rows, complete


def encode_name(name: str) -> str:
    """Return a file name as text that does not depend on the locale.

    A system whose names are not UTF-8, such as one in the locale C, decodes the bytes
    of a name to other characters.
    """
    return os.fsencode(name).decode("utf-8", "surrogateescape")


def decode_name(text: str) -> str:
    """Return the name of which `encode_name` made a text."""
    return os.fsdecode(text.encode("utf-8", "surrogateescape"))


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
        and all(os.path.exists(folder / name) for name in row.output_names)
    )


@contextmanager
def lock_manifest(folder: Path) -> Iterator[None]:
    """Let no other run write the manifest of a folder, which exists."""
    path = folder / MANIFEST_NAME
    with lock_path(path, wait_seconds=LOCK_SECONDS, max_age=LOCK_SECONDS / 2):
        yield


def repair_manifest(folder: Path) -> None:
    """Complete a manifest that a killed run cut short, so that rows can be appended.

    Raises
    ------
    OSError
        If the manifest cannot be read or written.
    ValueError
        If the file of this name is not a manifest.
    """
    path = folder / MANIFEST_NAME
    rows = read_manifest(folder)
    if path.exists() and not parse_manifest(path.read_bytes())[1]:
        write_manifest(folder, rows.values())


def append_to_manifest(folder: Path, row: ManifestRow) -> None:
    """Append a row at once, so that finished files are listed if the run is killed.

    The folder is created if it was removed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / MANIFEST_NAME
    with lock_manifest(folder):
        if not ends_with_line(path):
            write_manifest(folder, [*read_manifest(folder).values(), row])
            return
        with path.open("ab") as file:
            file.write(encode_rows([cells_of(row)]))
            file.flush()
            os.fsync(file.fileno())


def ends_with_line(path: Path) -> bool:
    """Return whether a manifest has content, and its last line is complete."""
    try:
        with path.open("rb") as file:
            file.seek(-1, os.SEEK_END)
            return file.read(1) == b"\n"
    except OSError:  # there is none, or it is empty
        return False


def cells_of(row: ManifestRow) -> list[object]:
    """Return the cells of a row, in the order of `MANIFEST_COLUMNS`."""
    values = asdict(row)
    for name in ("file", "written"):
        values[name] = encode_name(values[name])
    for name in ("reason", "notes"):
        values[name] = clean_text(values[name])
    return list(values.values())


def clean_text(text: str) -> str:
    """Return text that can be written: a message may quote characters that cannot."""
    try:
        text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "backslashreplace").decode()
    return text


def encode_rows(rows: Iterable[Iterable[object]]) -> bytes:
    """Return rows of cells as the bytes of a CSV file."""
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode("utf-8", "surrogateescape")


def write_manifest(folder: Path, rows: Iterable[ManifestRow]) -> None:
    """Write the manifest in order, without outdated rows."""
    cells: list[list[object]] = [[*MANIFEST_COLUMNS], *map(cells_of, rows)]
    write_atomic(folder / MANIFEST_NAME, encode_rows(cells))


def update_manifest(folder: Path, rows: Iterable[ManifestRow]) -> None:
    """Append rows to the manifest, and remove the earlier rows of their files.

    The manifest is read again, since other runs may have written to it meanwhile. The
    folder is created if it was removed.
    """
    new = {row.file: row for row in rows}
    folder.mkdir(parents=True, exist_ok=True)
    with lock_manifest(folder):
        others = [row for file, row in read_manifest(folder).items() if file not in new]
        write_manifest(folder, [*others, *new.values()])
