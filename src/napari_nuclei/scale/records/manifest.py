"""The manifest of a folder: one row per file, so that a later run can resume."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from napari_nuclei.io.atomic import name_in_errors, write_atomic
from napari_nuclei.io.locks import lock_path
from napari_nuclei.scale.records.manifest_rows import (
    DONE,
    FAILED,
    MANIFEST_COLUMNS,
    NAME_SEPARATOR,
    NOTE_SEPARATOR,
    ManifestRow,
    cells_of,
    decode_name,
    encode_rows,
    parse_manifest,
)
from napari_nuclei.scale.records.run_record import RECORD_NAME

__all__ = [
    "DONE",
    "FAILED",
    "MANIFEST_COLUMNS",
    "MANIFEST_NAME",
    "NAME_SEPARATOR",
    "NOTE_SEPARATOR",
    "ManifestRow",
    "append_to_manifest",
    "decode_name",
    "is_done",
    "list_output_names",
    "read_manifest",
    "repair_manifest",
    "run_fingerprint",
    "update_manifest",
    "write_manifest",
]

MANIFEST_NAME = "results.csv"

LOCK_SECONDS = 60.0
"""Longest time to wait for another run that writes the same manifest, in seconds."""


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


def list_output_names(folder: Path) -> set[str]:
    """Return the names of the files that earlier runs wrote to a folder."""
    try:
        rows = read_manifest(folder)
    except (OSError, ValueError):
        return set()
    names = {name for row in rows.values() for name in row.output_names}
    return names | {MANIFEST_NAME, RECORD_NAME} if rows else names


def is_done(row: ManifestRow | None, run: str, folder: Path) -> bool:
    """Return whether an earlier run segmented a file and its results still exist."""
    return (
        row is not None
        and (row.status, row.run) == (DONE, run)
        and all(os.path.exists(folder / name) for name in row.output_names)
    )


@contextmanager
def lock_manifest(folder: Path) -> Iterator[None]:
    """Lock the manifest of an existing folder against other runs."""
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
        with name_in_errors(path), path.open("ab") as file:
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
