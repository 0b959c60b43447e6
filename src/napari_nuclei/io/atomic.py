"""Write files so that each is complete or absent, never cut short.

A file is on the disk before it gets its name, so that a power loss leaves no empty file
under the name of a complete one.
"""

from __future__ import annotations

import errno
import os
import re
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

PARTIAL_SUFFIX = ".partial"
"""Suffix of temporary files. No program takes them for images."""

PARTIAL_NAME = re.compile(r"\.[0-9a-f]{12}\.[a-z]+")
"""Names of the temporary files that `atomic_replace` writes."""

MAX_PARTIAL_AGE = 24 * 3600.0
"""Age, in seconds, above which a temporary file is left over from a killed process."""

NO_SYNC = {errno.EINVAL, errno.ENOTSUP, errno.EROFS, errno.EBADF}
"""Errors of file systems that cannot synchronise a file or folder."""


def write_atomic(path: Path | str, content: bytes, *, parents: bool = True) -> None:
    """Write a file; after a crash there is the earlier file or none, never a part.

    Parameters
    ----------
    path : path-like
        An existing file is replaced.
    content : bytes
    parents : bool
        Create the folders of `path` if needed.

    Raises
    ------
    OSError
        If the file cannot be written; the error names `path`.
    """
    path = Path(path)
    if parents:
        path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_replace(path) as partial:
        partial.write_bytes(content)


def write_files(contents: Mapping[Path, bytes]) -> None:
    """Write files; if a file cannot be written, remove all new files."""
    new = [path for path in contents if not path.exists()]
    try:
        for path, content in contents.items():
            write_atomic(path, content)
    except OSError:
        for path in new:
            path.unlink(missing_ok=True)
        raise


@contextmanager
def atomic_replace(path: Path, suffix: str = PARTIAL_SUFFIX) -> Iterator[Path]:
    """Write a file in parts; it replaces an existing one when it is complete.

    Parameters
    ----------
    path : Path
        The file; its folder exists.
    suffix : str
        Suffix of the temporary file. With the default no program takes it for an image.

    Yields
    ------
    Path
        A temporary file to write to.

    Raises
    ------
    OSError
        If the file cannot be written; the error names `path`.
    """
    # In the same folder, since os.replace must not cross file systems.
    partial = path.with_name(f".{uuid.uuid4().hex[:12]}{suffix}")
    try:
        with name_in_errors(path, partial):
            yield partial
            sync_file(partial)
            os.replace(partial, path)
            sync_folder(path.parent)
    finally:
        partial.unlink(missing_ok=True)


@contextmanager
def name_in_errors(path: Path, partial: Path | None = None) -> Iterator[None]:
    """Let an OSError of writing name the file, as that of a full disk does not.

    Parameters
    ----------
    path : Path
        The file that is written.
    partial : Path, optional
        A temporary file, whose name means nothing to a user.

    Raises
    ------
    OSError
        The error, with the name of `path` if it names no file or the temporary one.
    """
    try:
        yield
    except OSError as error:
        if error.errno is None or error.filename not in (None, str(partial)):
            raise
        raise OSError(error.errno, error.strerror, str(path)) from error


def sync_file(path: Path) -> None:
    """Write a file's content to the disk; return when it is there."""
    with path.open("rb+") as file:
        try:
            os.fsync(file.fileno())
        except OSError as error:
            if error.errno not in NO_SYNC:
                raise


def sync_folder(folder: Path) -> None:
    """Write the names in a folder to the disk, on systems that can."""
    if not hasattr(os, "O_DIRECTORY"):  # Windows
        return
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError:  # a folder may be writable but not readable
        return
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in NO_SYNC:
            raise
    finally:
        os.close(descriptor)


def sync_tree(folder: Path) -> None:
    """Write all files in a folder and its subfolders to the disk."""
    for parent, _, names in os.walk(folder):
        for name in names:
            sync_file(Path(parent, name))
        sync_folder(Path(parent))


def remove_old_partial_files(folder: Path) -> None:
    """Remove the temporary files that killed processes left in a folder."""
    try:
        with os.scandir(folder) as entries:
            names = [e.name for e in entries if PARTIAL_NAME.fullmatch(e.name)]
    except OSError:
        return
    for name in names:
        path = folder / name
        try:
            if time.time() - path.stat().st_mtime > MAX_PARTIAL_AGE:
                path.unlink()
        except OSError:  # another process was faster
            continue


def prepare_folder(folder: Path) -> None:
    """Make a folder if needed; raise OSError if files cannot be written to it."""
    if folder.exists() and not folder.is_dir():
        raise NotADirectoryError(f"{folder} is a file. Name a folder instead")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OSError(f"{folder} cannot be made ({error.strerror})") from error
    if not os.access(folder, os.W_OK):
        raise PermissionError(f"{folder} cannot be written")
