"""Errors of one file or block that do not end the whole run."""

from __future__ import annotations

import os

import cv2

from napari_nuclei.core.errors import format_error, format_error_kind
from napari_nuclei.core.tiling import Progress

RECOVERABLE_ERRORS = (
    OSError,
    TypeError,
    ValueError,
    RuntimeError,
    MemoryError,
    cv2.error,
)
"""Errors that a file or block may raise; any other error is a bug."""

OUT_OF_MEMORY = (
    "There is not enough memory for this image. Use fewer workers, or segment it in "
    "blocks: -o NAME.zarr"
)


def describe_failure(error: BaseException) -> str:
    """Return why a file has no result, as one line.

    An error that is a bug has its type too. If the environment variable
    NAPARI_NUCLEI_DEBUG is set, such an error is raised instead.
    """
    if isinstance(error, MemoryError):
        return f"{OUT_OF_MEMORY} ({format_error(error)})"
    if isinstance(error, (*RECOVERABLE_ERRORS, ImportError)):
        return format_error(error)
    if os.environ.get("NAPARI_NUCLEI_DEBUG"):
        raise error
    return f"Unexpected error ({format_error_kind(error)})"


class WatchedProgress:
    """Report progress, and remember whether the function raised an error to cancel.

    Parameters
    ----------
    progress : callable, optional

    Attributes
    ----------
    cancelled : bool
    """

    def __init__(self, progress: Progress | None) -> None:
        self._progress = progress
        self.cancelled = False

    def __call__(self, done: int, total: int) -> None:
        """Report that `done` of `total` tiles are finished."""
        if self._progress is None:
            return
        try:
            self._progress(done, total)
        except BaseException:
            self.cancelled = True
            raise
