"""Read the values of command line arguments: paths, numbers and durations.

Every function takes the text of one argument and raises
`argparse.ArgumentTypeError` if it cannot be read.
"""

from __future__ import annotations

import os
from argparse import ArgumentTypeError
from pathlib import Path

from napari_nuclei.config.channels import COLOURS

DURATION_UNITS = {"min": 60, "h": 3600, "m": 60, "s": 1, "": 1}
"""Seconds per unit of a duration, by suffix."""

MODEL_HELP = "name of a model, or path of its folder"
"""Help of an argument that `expand_home` reads as a model."""


def parse_non_empty(text: str) -> str:
    """Return the text, which must not be empty.

    An empty argument usually comes from an unset shell variable.

    Examples
    --------
    >>> parse_non_empty("nuclei")
    'nuclei'
    """
    if not text:
        raise ArgumentTypeError("must not be empty")
    return text


def expand_home(text: str) -> str:
    """Return a non-empty text with a leading ``~`` replaced by the home folder.

    A shell does not expand a quoted ``~``, and in an argument file nothing does.
    """
    return os.path.expanduser(parse_non_empty(text))


def parse_path(text: str) -> Path:
    """Return a path, with a leading ``~`` expanded."""
    return Path(expand_home(text))


def parse_int(text: str) -> int:
    """Return a whole number.

    Examples
    --------
    >>> parse_int("-3")
    -3
    """
    try:
        return int(text)
    except ValueError as error:
        raise ArgumentTypeError(f"must be a whole number; got {text}") from error


def parse_positive_int(text: str) -> int:
    """Return a whole number of at least 1."""
    if not text.isdecimal() or int(text) < 1:
        raise ArgumentTypeError(f"must be a whole number of at least 1; got {text}")
    return int(text)


def parse_float(text: str) -> float:
    """Return a number.

    Examples
    --------
    >>> parse_float("1e-3")
    0.001
    """
    try:
        return float(text)
    except ValueError as error:
        raise ArgumentTypeError(f"must be a number; got {text}") from error


def parse_duration(text: str) -> float:
    """Return the seconds of a duration such as 90, 90s, 5min or 2h.

    Examples
    --------
    >>> parse_duration("90s"), parse_duration("1.5min")
    (90.0, 90.0)
    """
    suffix = next(suffix for suffix in DURATION_UNITS if text.endswith(suffix))
    try:
        return float(text.removesuffix(suffix)) * DURATION_UNITS[suffix]
    except ValueError as error:
        raise ArgumentTypeError(
            f"must be a duration such as 90, 90s, 5min or 2h; got {text}"
        ) from error


def parse_channel(text: str) -> int | str:
    """Return the number of a channel, or the name of a colour.

    Examples
    --------
    >>> parse_channel("1"), parse_channel("Blue")
    (1, 'blue')
    """
    if text.lower() in COLOURS:
        return text.lower()
    try:
        return int(text)
    except ValueError as error:
        raise ArgumentTypeError(
            f"must be a whole number, or {', '.join(COLOURS)} for an RGB image; got "
            f"{text}"
        ) from error


def parse_named_channel(text: str) -> int | str:
    """Return the number of a channel, a colour, or the name of a channel.

    Examples
    --------
    >>> parse_named_channel("1"), parse_named_channel("Blue"), parse_named_channel("w2")
    (1, 'blue', 'w2')
    """
    try:
        return parse_channel(text)
    except ArgumentTypeError:
        return parse_non_empty(text)


def parse_names(text: str) -> tuple[str, ...]:
    """Return names separated by commas.

    Examples
    --------
    >>> parse_names("background,foreground")
    ('background', 'foreground')
    """
    names = tuple(name.strip() for name in text.split(","))
    if not all(names):
        raise ArgumentTypeError(f"must be names separated by commas; got {text}")
    return names


def parse_channel_counts(text: str) -> tuple[int, ...]:
    """Return whole numbers separated by commas.

    Examples
    --------
    >>> parse_channel_counts("128,64,32,16")
    (128, 64, 32, 16)
    """
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError as error:
        raise ArgumentTypeError(
            "must be whole numbers separated by commas, such as 128,64,32,16; "
            f"got {text}"
        ) from error
