"""Discard the messages that the C++ code of TensorFlow and LiteRT prints."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import RLock

LOCK = RLock()
"""Of two threads, the second would restore what the first has redirected."""


@contextmanager
def suppress_native_output() -> Iterator[None]:
    """Discard what is written to the file descriptor of standard error.

    TensorFlow and LiteRT print a greeting and warnings about missing GPUs at every
    log level. Their errors still arrive as exceptions. Setting the environment
    variable NAPARI_NUCLEI_DEBUG shows all output.
    """
    if os.environ.get("NAPARI_NUCLEI_DEBUG"):
        yield
        return
    with LOCK:
        try:
            standard_error = os.dup(2)
        except OSError:  # the process has no standard error
            yield
            return
        null_device = os.open(os.devnull, os.O_WRONLY)
        try:
            if sys.stderr is not None:
                sys.stderr.flush()
            os.dup2(null_device, 2)
            yield
        finally:
            os.dup2(standard_error, 2)
            os.close(standard_error)
            os.close(null_device)
