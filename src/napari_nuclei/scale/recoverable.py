"""Errors of one file or block that do not end the whole run."""

from __future__ import annotations

import cv2

RECOVERABLE_ERRORS = (
    OSError,
    TypeError,
    ValueError,
    RuntimeError,
    MemoryError,
    cv2.error,
)
"""Errors that a file or block may raise; any other error is a bug and ends the run."""
