"""Files that are either whole or not there."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def write_atomic(path: Path | str, content: bytes) -> None:
    """Write a file so that a crash leaves the earlier file or none, never a part.

    Parameters
    ----------
    path : path-like
        Folders above it are made; a file that is there is replaced.
    content : bytes

    Raises
    ------
    OSError
        If the file cannot be written; it names the file, not its partial.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_replace(path) as partial:
        partial.write_bytes(content)


@contextmanager
def atomic_replace(path: Path, suffix: str = ".partial") -> Iterator[Path]:
    """Let a file be written bit by bit that is whole or not there in the end.

    Parameters
    ----------
    path : Path
        The file, in a folder that exists; one that is there is replaced at the end.
    suffix : str
        Of the partial; the usual one makes it no image and no table.

    Yields
    ------
    Path
        The partial, to write to.

    Raises
    ------
    OSError
        If the file cannot be written; it names the file, not its partial.
    """
    # A name of its own, beside the target: os.replace must not cross file systems.
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
    """Make a folder and check that it can be written; raise OSError if not."""
    if folder.exists() and not folder.is_dir():
        raise NotADirectoryError(f"{folder} is a file; name a folder instead")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OSError(f"{folder} cannot be made ({error.strerror})") from error
    if not os.access(folder, os.W_OK):
        raise PermissionError(f"{folder} cannot be written")
