"""Bound the pixels that a file may unpack to, from its header alone.

A picture of one colour is a thousand times smaller as a file than in memory, so a file
of 100 kB can ask for more memory than a computer has.
"""

from __future__ import annotations

import struct
from collections.abc import Callable

MAX_PIXELS = 250_000_000
"""Pixels that a file may unpack to, unless the file itself is large."""

MAX_PIXELS_PER_BYTE = 10
"""Pixels per byte of a file that are always accepted. Images of cells have fewer."""

PixelCounter = Callable[[bytes], int | None]
"""Takes the bytes of a file; returns the pixels of all its frames, None if unknown."""


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


def count_picture_pixels(content: bytes) -> int | None:
    """Return the number of pixels that the header of a picture states.

    Returns
    -------
    int or None
        None if the picture is not PNG, JPEG, GIF, BMP or JPEG 2000, or is cut short.
    """
    for magic, count in COUNTERS.items():
        if content.startswith(magic):
            try:
                return count(content)
            except (struct.error, IndexError, ValueError):
                return None
    return None


def count_png_pixels(content: bytes) -> int:
    """Return the pixels of a PNG file."""
    width, height = struct.unpack_from(">II", content, 16)
    return int(width * height)


def count_bmp_pixels(content: bytes) -> int:
    """Return the pixels of a BMP file, whose height is negative from the top down."""
    width, height = struct.unpack_from("<ii", content, 18)
    return abs(int(width * height))


def count_jp2_pixels(content: bytes) -> int:
    """Return the pixels of a JPEG 2000 file."""
    height, width = struct.unpack_from(">II", content, content.index(b"ihdr") + 4)
    return int(width * height)


def count_jpeg_pixels(content: bytes) -> int | None:
    """Return the pixels of a JPEG file, by its first frame header."""
    at = 2
    while at < len(content):
        if content[at] != 0xFF:
            return None
        marker = content[at + 1]
        if marker == 0xFF:  # fill byte
            at += 1
        elif marker == 0x01 or 0xD0 <= marker <= 0xD8:  # no segment follows
            at += 2
        elif 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack_from(">HH", content, at + 5)
            return int(width * height)
        else:
            (length,) = struct.unpack_from(">H", content, at + 2)
            at += 2 + int(length)
    return None


def count_gif_pixels(content: bytes) -> int:
    """Return the pixels of all frames of a GIF file, each of the size of the screen."""
    width, height, flags = struct.unpack_from("<HHB", content, 6)
    frames, at = 0, 13 + color_table_size(flags)
    while at < len(content) and content[at] in b"!,":
        if content[at : at + 1] == b",":
            frames += 1
            at += 10 + color_table_size(content[at + 9]) + 1
        else:
            at += 2
        while content[at]:  # sub-blocks, each after its length
            at += 1 + content[at]
        at += 1
    return int(width * height) * max(frames, 1)


def color_table_size(flags: int) -> int:
    """Return the size of a colour table of a GIF, in bytes."""
    return int(3 << ((flags & 7) + 1)) if flags & 0x80 else 0


COUNTERS: dict[bytes, PixelCounter] = {
    b"\x89PNG": count_png_pixels,
    b"\xff\xd8": count_jpeg_pixels,
    b"GIF8": count_gif_pixels,
    b"BM": count_bmp_pixels,
    b"\0\0\0\x0cjP  ": count_jp2_pixels,
}
"""How the pixels are counted, by the first bytes of a file."""
