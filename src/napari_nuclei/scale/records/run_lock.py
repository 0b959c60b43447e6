"""Let no two runs write into one folder at the same time."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from napari_nuclei.io.locks import LOCK_SUFFIX, lock_path

RUN_NAME = "results.run"
"""Stands for a run in the name of its lock."""

MAX_AGE = 3600.0
"""Seconds after which the lock of a run on another computer no longer counts, unless it
was refreshed. A run on this computer frees its lock however it ends."""

REFRESH_SECONDS = 30.0
"""Time between two refreshes of the locks of a run, in seconds."""


@contextmanager
def lock_folders(folders: Iterable[Path]) -> Iterator[Callable[[], None]]:
    """Hold the locks of the folders of a run.

    Parameters
    ----------
    folders : iterable of Path
        Existing folders.

    Yields
    ------
    callable
        Refreshes the locks; to be called from time to time.

    Raises
    ------
    OSError
        If a lock cannot be written.
    PathLockedError
        If another run writes into one of the folders.
    """
    folders = tuple(folders)
    locks = [folder / (RUN_NAME + LOCK_SUFFIX) for folder in folders]
    refreshed = time.monotonic()

    def refresh() -> None:
        nonlocal refreshed
        if time.monotonic() - refreshed < REFRESH_SECONDS:
            return
        refreshed = time.monotonic()
        for lock in locks:
            if lock.exists():
                os.utime(lock)

    with ExitStack() as stack:
        for folder in folders:
            stack.enter_context(
                lock_path(folder / RUN_NAME, shown=folder, max_age=MAX_AGE)
            )
        yield refresh
