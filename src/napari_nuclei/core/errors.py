"""Format errors for users; warn about unusual images."""

from __future__ import annotations

from napari_nuclei.core.one_line import as_one_line

USER_ERRORS = (ImportError, MemoryError, OSError, RuntimeError, TypeError, ValueError)
"""Types of errors whose messages are meant for users."""


class ImageWarning(UserWarning):
    """Warn that an image is unusual: it was corrected, or its nuclei are uncertain.

    `Segmenter.segment` warns; `Segmenter.run` returns the same sentences as
    `Segmentation.notes`.
    """


def format_error(error: BaseException) -> str:
    """Return an error message as one line of plain text, without error numbers.

    Examples
    --------
    >>> format_error(FileNotFoundError(2, "No such file or directory", "a.tif"))
    'a.tif: No such file or directory'
    >>> format_error(MemoryError())
    'MemoryError'
    """
    text = str(error)
    if isinstance(error, OSError) and error.strerror:
        text = str(error.strerror)
        if error.filename is not None:
            text = f"{error.filename}: {text}"
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
