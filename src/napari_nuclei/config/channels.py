"""Names and numbers of the channels of an image."""

from __future__ import annotations

import numbers

COLOURS = ("red", "green", "blue")
"""Names of the channels of an RGB image."""


def channel_number(channel: int | str) -> int:
    """Return the number of a channel, or of a colour of RGB; 0 is the first.

    Raises
    ------
    TypeError, ValueError
        If it is neither a number nor the name of a colour.

    Examples
    --------
    >>> channel_number(1), channel_number("blue")
    (1, 2)
    """
    if isinstance(channel, str):
        if channel.lower() not in COLOURS:
            raise ValueError(
                f"channel must be {', '.join(COLOURS)} or a whole number, counted from "
                f"0; got {channel!r}"
            )
        return COLOURS.index(channel.lower())
    if isinstance(channel, bool) or not isinstance(channel, numbers.Integral):
        raise TypeError(
            f"channel must be a whole number, counted from 0; got {channel!r}"
        )
    return int(channel)
