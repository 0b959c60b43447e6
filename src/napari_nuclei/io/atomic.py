"""Write files so that each is complete or absent, never cut short."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def write_atomic(path: Path | str, content: bytes) -> None:
    """Write a file; after a crash there is the earlier file or none, never a part.

    Parameters
    ----------
    path : path-like
        Its folders are made if needed; an existing file is replaced.
    content : bytes

    Raises
    ------
    OSError
        If the file cannot be written; the error names `path`.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_replace(path) as partial:
        partial.write_bytes(content)


@contextmanager
def atomic_replace(path: Path, suffix: str = ".partial") -> Iterator[Path]:
    """Write a file bit by bit; it replaces an existing one when it is complete.

    Parameters
    ----------
    path : Path
        The file; its folder exists.
    suffix : str
        Suffix of the temporary file. With the default nobody takes it for an image.

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
        yield partial
        os.replace(partial, path)
    except OSError as error:
        if error.errno is None or error.filename not in (None, str(partial)):
            raise
        raise OSError(error.errno, error.strerror, str(path)) from error
    finally:
        partial.unlink(missing_ok=True)


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
