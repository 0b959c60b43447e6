"""Check that arguments are numbers within their limits."""

from __future__ import annotations

import math
import numbers
from typing import Any


def check_above_zero(name: str, value: Any, unit: str = "") -> None:
    """Raise ValueError unless a value is a finite number above 0, or None.

    Parameters
    ----------
    name : str
        Name of the argument, for the message.
    value : object
    unit : str
        For the message, such as "µm".

    Examples
    --------
    >>> check_above_zero("z_spacing", "2", "µm")
    Traceback (most recent call last):
        ...
    ValueError: z_spacing must be above 0, in µm; got '2'
    """
    if value is not None and not (is_finite_number(value) and value > 0):
        within = f", in {unit}" if unit else ""
        raise ValueError(f"{name} must be above 0{within}; got {value!r}")


def check_share(name: str, value: Any) -> None:
    """Raise ValueError unless a value is a number from 0 to 1.

    Examples
    --------
    >>> check_share("min_iou", 2)
    Traceback (most recent call last):
        ...
    ValueError: min_iou must be 0 to 1; got 2
    """
    if not (is_finite_number(value) and 0 <= value <= 1):
        raise ValueError(f"{name} must be 0 to 1; got {value!r}")


def check_whole(name: str, value: Any, lowest: int, unit: str = "") -> None:
    """Raise ValueError unless a value is a whole number, `lowest` or more.

    Examples
    --------
    >>> check_whole("max_gap", 1.5, 0, "frames")
    Traceback (most recent call last):
        ...
    ValueError: max_gap must be 0 or more frames; got 1.5
    """
    if not (is_finite_number(value) and value == int(value) and value >= lowest):
        what = f" {unit}" if unit else ""
        raise ValueError(f"{name} must be {lowest} or more{what}; got {value!r}")


def check_flag(name: str, value: Any) -> None:
    """Raise ValueError unless a value is True or False.

    Examples
    --------
    >>> check_flag("divisions", "no")
    Traceback (most recent call last):
        ...
    ValueError: divisions must be True or False; got 'no'
    """
    if value not in (True, False):
        raise ValueError(f"{name} must be True or False; got {value!r}")


def is_finite_number(value: Any) -> bool:
    """Return whether a value is a real, finite number, and no bool."""
    is_number = isinstance(value, numbers.Real) and not isinstance(value, bool)
    return is_number and math.isfinite(value)
