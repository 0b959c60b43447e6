"""Format errors for users; warn about unusual images."""

from __future__ import annotations

import errno
import re
from collections.abc import Sequence

USER_ERRORS = (ImportError, MemoryError, OSError, RuntimeError, TypeError, ValueError)
"""Types of errors whose messages are meant for users."""

NO_ROOM = {
    getattr(errno, "EDQUOT", errno.ENOSPC): (
        "Free some space in your quota, or name another folder, then run the command "
        "again"
    ),
    errno.ENOSPC: "Free some space, or name another folder, then run the command again",
    errno.EFBIG: "Name a folder on a disk that holds files of this size",
}
"""What to do if a file finds no room, by the number of the error."""

OUTPUT_NAME = "standard output"
"""Name, in errors, of what a command prints to; another folder does not help."""

MAX_NAMES = 6
"""How many names of images a message lists."""

ESCAPE_SEQUENCE = re.compile(
    r"\x1b(\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\x07\x1b]*(\x07|\x1b\\)?|[ -/]*[0-~])?"
)
"""Sequence of characters that changes the colours, title or content of a terminal."""

CONTROL = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]"
)
"""Control characters, and characters that reverse the direction of text."""


class ImageWarning(UserWarning):
    """Warn that an image is unusual: it was corrected, or its nuclei are uncertain.

    `Segmenter.segment` warns; `Segmenter.run` returns the same sentences as
    `Segmentation.notes`.
    """


def as_one_line(text: str) -> str:
    r"""Return a text as one line, without what controls a terminal.

    Examples
    --------
    >>> as_one_line("\x1b[31mred\x1b[0m\ncells\x07")
    'red cells'
    """
    text = ESCAPE_SEQUENCE.sub("", text)
    text = CONTROL.sub(lambda found: " " if found[0].isspace() else "", text)
    return " ".join(text.split())


def format_error(error: BaseException) -> str:
    """Return an error message as one line of plain text, without error numbers.

    Examples
    --------
    >>> format_error(FileNotFoundError(2, "No such file or directory", "a.tif"))
    'a.tif: No such file or directory'
    >>> format_error(OSError(errno.EFBIG, "File too large", "a.tif"))
    'a.tif: File too large. Name a folder on a disk that holds files of this size'
    >>> format_error(OSError(errno.ENOSPC, "No space left on device", OUTPUT_NAME))
    'standard output: No space left on device'
    >>> format_error(MemoryError())
    'MemoryError'
    """
    text = str(error)
    if isinstance(error, OSError) and error.strerror:
        text = str(error.strerror)
        if error.filename is not None:
            text = f"{error.filename}: {text}"
        if error.errno in NO_ROOM and error.filename != OUTPUT_NAME:
            text = f"{text}. {NO_ROOM[error.errno]}"
    return as_one_line(text) or type(error).__name__


def format_error_kind(error: BaseException) -> str:
    """Return the type and message of an error, for errors that no user can expect.

    Examples
    --------
    >>> format_error_kind(IndexError("out of range"))
    'IndexError: out of range'
    """
    kind, text = type(error).__name__, format_error(error)
    return kind if text == kind else f"{kind}: {text}"


def shorten_names(names: Sequence[str]) -> str:
    """Return names for a message, the first ones if there are many.

    Examples
    --------
    >>> shorten_names([*"abcdefgh"])
    'a, b, c, d, e, f and 2 more'
    """
    left = len(names) - MAX_NAMES
    more = f" and {left} more" if left > 0 else ""
    return ", ".join(names[:MAX_NAMES]) + more
