"""Lengths in pixels or in µm, such as the width of a ring."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from napari_nuclei.config.number_checks import is_finite_number

LENGTH = re.compile(r"\s*(\d+\.?\d*|\.\d+)\s*(um|µm|μm|px)?\s*")


def length_in_pixels(length: float | str, pixel_size: float | None) -> float:
    """Return a length in pixels.

    Parameters
    ----------
    length : float or str
        Number of pixels, or text with a unit: "3um" or "4px".
    pixel_size : float, optional
        Side of a pixel, in µm.

    Raises
    ------
    ValueError
        If the text is not a length, the length is negative, or it is in µm and the size
        of a pixel is unknown.

    Examples
    --------
    >>> length_in_pixels("3um", 0.5), length_in_pixels("4px", None)
    (6.0, 4.0)
    """
    if not isinstance(length, str):
        if not (is_finite_number(length) and length >= 0):
            raise ValueError(
                f"a length must be a number, 0 or more, or like 3um or 4px; got "
                f"{length!r}"
            )
        return float(length)
    if (match := LENGTH.fullmatch(length)) is None:
        raise ValueError(f"a length must be like 3um or 4px; got {length!r}")
    if match[2] in (None, "px"):
        return float(match[1])
    if pixel_size is None:
        raise ValueError(
            f"{length} needs the size of a pixel: give it with pixel_size "
            "(--pixel-size), or use pixels, such as 4px"
        )
    return float(match[1]) / pixel_size


def ring_in_pixels(ring: Any, pixel_size: float | None) -> tuple[float, float]:
    """Return the gap and the width of a ring, in pixels.

    Parameters
    ----------
    ring : sequence of two float or str, or str
        Gap and width, or both as text such as "1um:3um".
    pixel_size : float, optional
        Side of a pixel, in µm.

    Raises
    ------
    ValueError
        If these are not two lengths, or the width is 0.

    Examples
    --------
    >>> ring_in_pixels(("1um", 3), 0.5), ring_in_pixels("2px:4px", None)
    ((2.0, 3.0), (2.0, 4.0))
    """
    if isinstance(ring, str):
        ring = parse_ring(ring)
    if not isinstance(ring, Sequence) or len(ring) != 2:
        raise ValueError(
            'ring must be its gap and width, such as ("1um", "3um") or (2, 4); got '
            f"{ring!r}"
        )
    gap, width = (length_in_pixels(length, pixel_size) for length in ring)
    if not width:
        raise ValueError(f"the width of a ring must be above 0; got {ring[1]!r}")
    return gap, width


def parse_ring(text: str) -> tuple[str, str]:
    """Return the gap and the width of a ring from text such as "1um:3um".

    Raises
    ------
    ValueError
        If the text is not two lengths.

    Examples
    --------
    >>> parse_ring("1um:3um"), parse_ring("4px")
    (('1um', '3um'), ('0px', '4px'))
    """
    gap, _, width = text.rpartition(":")
    gap = gap or "0px"
    if not (LENGTH.fullmatch(gap) and LENGTH.fullmatch(width)):
        raise ValueError(
            "a ring must be its gap and width, such as 1um:3um or 2px:4px; got "
            f"{text!r}"
        )
    return gap, width
