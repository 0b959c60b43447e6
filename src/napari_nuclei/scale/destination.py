"""The destination of a large image, and the folder of the unfinished run beside it."""

from __future__ import annotations

import re
import shutil
import uuid
from contextlib import suppress
from pathlib import Path

from napari_nuclei.io.locks import LOCK_SUFFIX, PathLockedError, lock_path

TABLE_SUFFIXES = (".csv", ".parquet")


def get_partial_folder(destination: Path) -> Path:
    """Return the folder of the blocks' files; it is removed when all are done."""
    return destination.with_name(destination.name + ".partial")


def check_destination(destination: Path, table: str | Path | None) -> Path | None:
    """Raise an error if the results cannot be written; return the table's path.

    Raises
    ------
    FileExistsError
        If the destination exists and no partial results continue it.
    ValueError
        If the suffix of the table is not known.
    """
    remove_leftovers(get_partial_folder(destination))
    if destination.exists() and not get_partial_folder(destination).exists():
        remove_lock(destination)
        raise FileExistsError(
            f"{destination} already exists; remove it or name another destination"
        )
    if table is None:
        return None
    table = Path(table).expanduser().absolute()
    if table.suffix not in TABLE_SUFFIXES:
        raise ValueError(f"table must end in .csv or .parquet; got {table.name}")
    return table


def remove_lock(destination: Path) -> None:
    """Remove the lock of a process that was killed after it had finished."""
    if destination.with_name(destination.name + LOCK_SUFFIX).exists():
        with suppress(OSError, PathLockedError), lock_path(destination):
            pass


def remove_folder(folder: Path) -> None:
    """Remove a folder that is no longer needed.

    It is renamed first. A run that is killed meanwhile leaves no folder that looks like
    one of an unfinished run, and `remove_leftovers` removes the rest.
    """
    hidden = folder.with_name(f".{folder.name}-{uuid.uuid4().hex[:12]}")
    try:
        folder.replace(hidden)
    except OSError:  # Windows moves no folder of which a file is open
        hidden = folder
    shutil.rmtree(hidden, ignore_errors=True)


def remove_leftovers(folder: Path) -> None:
    """Remove what `remove_folder` left of a folder when its process was killed."""
    pattern = re.compile(re.escape(f".{folder.name}-") + "[0-9a-f]{12}")
    if folder.parent.is_dir():
        for path in folder.parent.iterdir():
            if pattern.fullmatch(path.name):
                shutil.rmtree(path, ignore_errors=True)
