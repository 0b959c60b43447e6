"""Put pictures side by side, each below its title, fast enough for every epoch."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

GAP = 8
"""Width of the gap between two pictures, in pixels."""

STRIP = 24
"""Height of the strip with the titles, in pixels."""

MAX_FONT_SCALE, MARGIN = 0.5, 4
"""Largest size of the letters, and their distance from the border, in pixels."""

BACKGROUND, TEXT = (255, 255, 255), (0, 0, 0)


def join_pictures(
    pictures: Sequence[NDArray[np.uint8]], titles: Sequence[str], *, zoom: int = 1
) -> NDArray[np.uint8]:
    """Join pictures of one size in a row, with a title above each.

    Parameters
    ----------
    pictures : sequence of ndarray of uint8, shape (Y, X, 3)
    titles : sequence of str
        One per picture. Letters that the built-in font lacks become question marks.
    zoom : int
        Factor by which the pictures are enlarged.

    Returns
    -------
    ndarray of uint8, shape (STRIP + zoom Y, n zoom X + (n - 1) GAP, 3)
    """
    height, width = (zoom * side for side in pictures[0].shape[:2])
    count = len(pictures)
    total = count * width + (count - 1) * GAP
    joined = np.full((STRIP + height, total, 3), BACKGROUND, np.uint8)
    for number, (picture, title) in enumerate(zip(pictures, titles, strict=True)):
        left = number * (width + GAP)
        enlarged = picture.repeat(zoom, axis=0).repeat(zoom, axis=1)
        joined[STRIP:, left : left + width] = enlarged
        write_title(joined[:STRIP, left : left + width], title)
    return joined


def write_title(strip: NDArray[np.uint8], title: str) -> None:
    """Write a title into a strip, in letters small enough to fit."""
    font, text = cv2.FONT_HERSHEY_SIMPLEX, title.encode("ascii", "replace").decode()
    (width, _), _ = cv2.getTextSize(text, font, 1.0, 1)
    scale = min(MAX_FONT_SCALE, (strip.shape[1] - 2 * MARGIN) / max(width, 1))
    written = np.ascontiguousarray(strip)
    origin = (MARGIN, STRIP - 2 * MARGIN)
    cv2.putText(written, text, origin, font, scale, TEXT, 1, cv2.LINE_AA)
    strip[:] = written
