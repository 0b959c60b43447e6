"""Axes that an image does not name."""

from __future__ import annotations

UNNAMED_AXIS = "Q"
"""Letter of an axis of unclear meaning, as tifffile has it."""

MAX_CHANNELS = 8
"""Largest size of an unnamed last axis that is read as channels."""

MAX_AMBIGUOUS = 4
"""Largest size of an unnamed first axis that may be channels as well as planes."""


def guess_axes(shape: tuple[int, ...]) -> str:
    """Return the axes of a grey plane (YX) or an RGB plane (YXS) from its shape.

    Raises
    ------
    ValueError
        If the axes are ambiguous.
    """
    if len(shape) == 2:
        return "YX"
    if len(shape) == 3 and shape[-1] in (1, 3, 4):
        return "YXS"
    if len(shape) == 3 and 2 <= shape[0] <= MAX_AMBIGUOUS:
        raise ValueError(
            f"an image of shape {shape} has {shape[0]} channels or {shape[0]} planes; "
            'name the axes (--axes in the command): for channels axes="CYX" and '
            f'channel (0 to {shape[0] - 1}), for planes axes="ZYX" or "TYX"'
        )
    if len(shape) == 3:
        raise ValueError(
            f"an image of shape {shape} has no RGB in its last axis; name the axes, "
            "such as TYX, ZYX or YXC"
        )
    raise ValueError(
        f"an image of shape {shape} needs its axes named, such as TYX or ZCYX"
    )


def suggest_axes(axes: str) -> str:
    """Return axes with a free letter for each one without a name.

    Examples
    --------
    >>> suggest_axes("QQYX"), suggest_axes("QTYX")
    ('TZYX', 'ZTYX')
    """
    free = [letter for letter in "TZCPRHABDEFGIJKLMNOUVW" if letter not in axes]
    return "".join(free.pop(0) if axis == UNNAMED_AXIS else axis for axis in axes)


def has_channels_last(shape: tuple[int, ...]) -> bool:
    """Return whether three unnamed axes are rows, columns and channels.

    Examples
    --------
    >>> has_channels_last((256, 256, 5)), has_channels_last((20, 256, 256))
    (True, False)
    """
    return shape[-1] <= MAX_CHANNELS < min(shape[:2]) // 2
