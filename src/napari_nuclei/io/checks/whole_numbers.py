"""Labels that a program has stored as floats."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

LARGEST = 2**31
"""Whole numbers from here on are not labels; float32 has gaps long before."""


def as_whole_numbers(pixels: NDArray[Any]) -> NDArray[Any]:
    """Return floats that are whole numbers as integers; other arrays as they are.

    Examples
    --------
    >>> as_whole_numbers(np.array([[0.0, 2.0]])).dtype
    dtype('int64')
    >>> as_whole_numbers(np.array([[0.5, 2.0]])).dtype
    dtype('float64')
    """
    if pixels.dtype.kind != "f":
        return pixels
    if not pixels.size or not np.isfinite(pixels).all():
        return pixels
    if max(abs(float(pixels.min())), float(pixels.max())) >= LARGEST:
        return pixels
    whole = pixels.astype(np.int64)
    return whole if (whole == pixels).all() else pixels
