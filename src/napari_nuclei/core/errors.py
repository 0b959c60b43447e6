"""Format errors for users; warn about unusual images."""

from __future__ import annotations

USER_ERRORS = (ImportError, MemoryError, OSError, RuntimeError, TypeError, ValueError)
"""Types of errors whose messages are meant for users."""


class ImageWarning(UserWarning):
    """Warn that an image is unusual: it was corrected, or its nuclei are uncertain.

    `Segmenter.segment` warns; `Segmenter.run` returns the same sentences as
    `Segmentation.notes`.
    """


def format_error(error: BaseException) -> str:
    """Return an error message as one line, without error numbers.

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
    return " ".join(text.split()) or type(error).__name__
