"""How work in a thread says how far it has come; without Qt."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Progress:
    """How far work has come.

    Attributes
    ----------
    done, total : int
        In whatever unit the work is counted; a total of 0 is not known yet.
    message : str
        What is being done, in plain words; empty to leave the last message.
    value : object
        What this step gave, if it is wanted before the work ends.
    """

    done: int
    total: int
    message: str = ""
    value: Any = None


class Cancelled(Exception):
    """Raised inside the work, where it reports a step, to end it."""


ProgressCallback = Callable[[Progress], None]


def time_left(done: int, total: int, seconds: float) -> str:
    """Say how much longer work will take, to follow what is being done.

    Parameters
    ----------
    done, total : int
    seconds : float
        Time that what is done has taken.

    Returns
    -------
    str
        Empty where it cannot be told yet, or is under two seconds.

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
