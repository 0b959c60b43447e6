"""Folders to write into."""

from __future__ import annotations

import os
from pathlib import Path


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
