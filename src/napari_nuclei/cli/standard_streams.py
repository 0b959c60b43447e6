"""Standard output that may be closed, full or a broken pipe."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, TextIO

from napari_nuclei.core.errors import OUTPUT_NAME


class NamedOutput:
    """A text stream whose errors say that they are of standard output.

    Parameters
    ----------
    stream : file
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """Write text."""
        with name_errors():
            return self._stream.write(text)

    def flush(self) -> None:
        """Write what is waiting."""
        with name_errors():
            self._stream.flush()


@contextmanager
def name_errors() -> Iterator[None]:
    """Add the name of standard output to an error."""
    try:
        yield
    except OSError as error:
        if error.errno is None:
            raise
        raise OSError(error.errno, error.strerror, OUTPUT_NAME) from error


@contextmanager
def name_output() -> Iterator[None]:
    """Let errors of standard output name it; a full disk has no other name."""
    stream = sys.stdout
    sys.stdout = NamedOutput(stream)
    try:
        yield
    finally:
        sys.stdout = stream


def open_missing_streams() -> None:
    """Open the null device in place of standard streams that the shell has closed.

    Otherwise the first file that a command writes gets the number of standard output,
    and a library that prints writes into it.
    """
    descriptor = os.open(os.devnull, os.O_RDWR)
    while descriptor <= 2:
        descriptor = os.open(os.devnull, os.O_RDWR)
    os.close(descriptor)
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))


def discard_output() -> None:
    """Discard what is not written yet, so that Python's last flush does not fail."""
    with suppress(OSError, ValueError):  # a stream of a test has no number
        number = sys.stdout.fileno()
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, number)
        os.close(null)
