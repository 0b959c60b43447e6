"""Name temporary folders so that those of killed processes can be removed."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from napari_nuclei.io.locks import LockOwner
from napari_nuclei.model.staging import MAX_LEFTOVER_AGE

NAME = re.compile(r"napari-nuclei-(\d+)-\w+")
"""Names of temporary folders, with the number of the process."""


def temporary_prefix() -> str:
    """Return the prefix for the name of a temporary folder of this process."""
    return f"napari-nuclei-{os.getpid()}-"


def remove_old_temporary_folders() -> None:
    """Remove the temporary folders that killed processes left a day ago."""
    host = LockOwner.current().host
    for folder in Path(tempfile.gettempdir()).glob("napari-nuclei-*"):
        found = NAME.fullmatch(folder.name)
        with suppress(OSError):
            if (
                found
                and time.time() - folder.lstat().st_mtime > MAX_LEFTOVER_AGE
                and not LockOwner(host, int(found[1])).is_alive
            ):
                shutil.rmtree(folder, ignore_errors=True)
