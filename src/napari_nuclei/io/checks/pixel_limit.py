"""Bound the pixels that a file may unpack to, from its header alone.

A picture of one colour is a thousand times smaller as a file than in memory, so a file
of 100 kB can ask for more memory than a computer has.
"""

from __future__ import annotations

MAX_PIXELS = 250_000_000
"""Pixels that a file may unpack to, unless the file itself is large."""

MAX_PIXELS_PER_BYTE = 10
"""Pixels per byte of a file that are always accepted. Images of cells have fewer."""


class PixelLimitError(ValueError):
    """Raised if a file would unpack to too many pixels."""


def check_pixel_count(pixels: int, file_size: int, max_pixels: int, name: str) -> None:
    """Raise PixelLimitError if a file would unpack to too many pixels.

    Parameters
    ----------
    pixels : int
        Pixels of all planes, as the header of the file states them.
    file_size : int
        In bytes.
    max_pixels : int
        Accepted number of pixels. Up to ten for each byte of the file are accepted too.
    name : str
        Name of the file, for the message.

    Examples
    --------
    >>> check_pixel_count(
    ...     900_000_000, 109_000, 250_000_000, "a.png"
    ... )  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    napari_nuclei.io.checks.pixel_limit.PixelLimitError: a.png (109,000 bytes) ...
    """
    if pixels > max(max_pixels, MAX_PIXELS_PER_BYTE * file_size):
        raise PixelLimitError(
            f"{name} ({file_size:,} bytes) states {pixels:,} pixels, more than the "
            f"limit of {max_pixels:,}. If the file is sound, raise the limit with "
            "--max-pixels (max_pixels=)"
        )
