"""Progress reports of work in a thread; without Qt."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Progress:
    """One step of work.

    Attributes
    ----------
    done, total : int
        Units of work, such as tiles; a total of 0 means that it is not yet counted.
    message : str
        What is being done; empty does not change the message.
    value : object
        An intermediate result of this step, None for most steps.
    """

    done: int
    total: int
    message: str = ""
    value: Any = None


class Cancelled(Exception):
    """Raised when cancelled work reports a step, to end the work."""


ProgressCallback = Callable[[Progress], None]


def time_left(done: int, total: int, seconds: float) -> str:
    """Return the remaining time as text, to append to a progress message.

    Parameters
    ----------
    done, total : int
        Units of work.
    seconds : float
        Time that the units done have taken.

    Returns
    -------
    str
        Empty if it cannot be estimated yet, or is under two seconds.

    Examples
    --------
    >>> time_left(10, 100, 4.0)
    ', 36 s left'
    >>> time_left(10, 100, 60.0)
    ', 9 min left'
    """
    if not done or seconds < 1:
        return ""
    left = seconds / done * (total - done)
    if left < 2:
        return ""
    return f", {left:.0f} s left" if left < 100 else f", {left / 60:.0f} min left"
