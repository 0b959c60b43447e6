"""Show text from files as one line of plain text."""

from __future__ import annotations

import re

ESCAPE_SEQUENCE = re.compile(
    r"\x1b(\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\x07\x1b]*(\x07|\x1b\\)?|[ -/]*[0-~])?"
)
"""Sequence of characters that changes the colours, title or content of a terminal."""

CONTROL = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]"
)
"""Control characters, and characters that reverse the direction of text."""


def as_one_line(text: str) -> str:
    r"""Return a text as one line, without what controls a terminal.

    Examples
    --------
    >>> as_one_line("\x1b[31mred\x1b[0m\ncells\x07")
    'red cells'
    """
    text = ESCAPE_SEQUENCE.sub("", text)
    text = CONTROL.sub(lambda found: " " if found[0].isspace() else "", text)
    return " ".join(text.split())
