"""Stop a training run with Ctrl-C without losing the model."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def stop_on_interrupt() -> Iterator[Callable[[], bool]]:
    """Record the first Ctrl-C as a request to stop; the second raises.

    Yields
    ------
    callable
        Returns True after Ctrl-C was pressed.

    Raises
    ------
    KeyboardInterrupt
        At the second Ctrl-C.
    """
    pressed = False

    def handle(number: int, frame: FrameType | None) -> None:
        nonlocal pressed
        if pressed:
            raise KeyboardInterrupt
        pressed = True
        print(
            "\nStopping: the best model so far will be saved (press Ctrl-C again to "
            "quit without saving)",
            file=sys.stderr,
            flush=True,
        )

    previous = signal.signal(signal.SIGINT, handle)
    try:
        yield lambda: pressed
    finally:
        signal.signal(signal.SIGINT, previous)
