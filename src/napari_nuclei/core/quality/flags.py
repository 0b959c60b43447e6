"""The flags of an image: what a person should look at before using its nuclei."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from enum import StrEnum

FLAG_SEPARATOR = "; "
"""Separates flags in a table; no flag contains it."""


class Flag(StrEnum):
    """What is unusual about an image; the value is the text that users see."""

    EMPTY = "empty"
    NOT_NUCLEI = "not nuclei"
    OUT_OF_FOCUS = "out of focus"
    SATURATED = "saturated"
    LOW_CONTRAST = "low contrast"
    UNEVEN_BACKGROUND = "uneven background"
    UNUSUAL_SIZE = "unusual size"
    CUT_BY_BORDER = "cut by border"
    LOW_CONFIDENCE = "low confidence"


def join_flags(flags: Sequence[str]) -> str:
    """Return flags as one text, for a cell of a table.

    Examples
    --------
    >>> join_flags([Flag.OUT_OF_FOCUS, Flag.LOW_CONFIDENCE])
    'out of focus; low confidence'
    """
    return FLAG_SEPARATOR.join(str(flag) for flag in flags)


def split_flags(text: str) -> tuple[str, ...]:
    """Return the flags of the text of `join_flags`."""
    return tuple(part for part in text.split(FLAG_SEPARATOR) if part)


def summarize_flags(flags: Iterable[Sequence[str]]) -> str:
    """Return how many images are flagged, and by what.

    Parameters
    ----------
    flags : iterable of sequence of str
        The flags of each image.

    Returns
    -------
    str
        Empty if no image is flagged.

    Examples
    --------
    >>> summarize_flags([["empty"], [], ["empty"], ["saturated", "low contrast"]])
    '3 of 4 images flagged: 2 empty, 1 saturated, 1 low contrast'
    """
    every = list(flags)
    flagged = sum(bool(some) for some in every)
    if not flagged:
        return ""
    counts = Counter(str(flag) for some in every for flag in some)
    named = ", ".join(f"{count} {flag}" for flag, count in counts.most_common())
    return f"{flagged} of {len(every)} images flagged: {named}"
