"""Errors as a user is told of them."""

from __future__ import annotations

import cv2

FAILURES = (OSError, TypeError, ValueError, RuntimeError, MemoryError, cv2.error)
"""What a block may fail by; anything else is a mistake of ours and ends the run."""


SPEAKING = (ImportError, MemoryError, OSError, RuntimeError, TypeError, ValueError)
"""Errors whose messages were written for a reader."""


def told(error: BaseException) -> str:
    """Return an error as one line, without the numbers of the operating system.

    Examples
    --------
    >>> told(FileNotFoundError(2, "No such file or directory", "a.tif"))
    'a.tif: No such file or directory'
    >>> told(MemoryError())
    'MemoryError'
    """
    text = str(error)
    if isinstance(error, OSError) and error.strerror:
        text = str(error.strerror)
        if error.filename is not None:
            text = f"{error.filename}: {text}"
    return " ".join(text.split()) or type(error).__name__
