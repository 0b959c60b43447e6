"""Count the pixels of a picture from its header, for every format that OpenCV decodes.

A header may be made to mislead, so each function reads it as the decoder does. Where a
decoder searches for its numbers, the largest numbers that it could find count.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable

PixelCounter = Callable[[bytes], int | None]
"""Takes the bytes of a file; returns the pixels of all its frames, None if unknown."""

RADIANCE_SIZE = re.compile(rb"-Y\s*\+?(\d+)\s*\+X\s*\+?(\d+)")
PFM_SIZE = re.compile(rb"P[Ff]\n\s*(\d+)\s+(\d+)\s")
PAM_FIELDS = b"WIDTH", b"HEIGHT"
AVIF_SIZES = {b"meta": (b"ispe", 8, ">II"), b"moov": (b"av01", 28, ">HH")}
"""For the boxes of images and of animations: the box inside that states width and
height, where they stand in it, and their types."""


def count_picture_pixels(content: bytes) -> int | None:
    """Return the number of pixels that the header of a picture states.

    Returns
    -------
    int or None
        None if OpenCV decodes no such format, or the header is damaged or cut short.
    """
    for (offset, magic), count in COUNTERS.items():
        if content.startswith(magic, offset):
            try:
                return count(content)
            except (struct.error, IndexError, ValueError):
                return None
    return None


def count_png_pixels(content: bytes) -> int | None:
    """Return the pixels of a PNG file."""
    if content[12:16] != b"IHDR":
        return None
    width, height = struct.unpack_from(">II", content, 16)
    return int(width * height)


def count_bmp_pixels(content: bytes) -> int:
    """Return the pixels of a BMP file, whose height is negative from the top down."""
    (header_size,) = struct.unpack_from("<I", content, 14)
    sizes = "<hh" if header_size == 12 else "<ii"  # the header of OS/2 is short
    width, height = struct.unpack_from(sizes, content, 18)
    return abs(int(width * height))


def count_jp2_pixels(content: bytes) -> int | None:
    """Return the pixels of a JPEG 2000 file, by the first codestream in its boxes."""
    for kind, start, _ in list_boxes(content):
        if kind == b"jp2c":
            return count_codestream_pixels(content[start : start + 64])
    return None


def count_codestream_pixels(content: bytes) -> int | None:
    """Return the pixels of a codestream of JPEG 2000."""
    if not content.startswith(b"\xff\x4f\xff\x51"):
        return None
    right, bottom, left, top = struct.unpack_from(">IIII", content, 8)
    return max(int(right - left), 0) * max(int(bottom - top), 0)


def count_jpeg_pixels(content: bytes) -> int | None:
    """Return the pixels of a JPEG file, by its first frame header."""
    position = 2
    while True:
        position = content.index(b"\xff", position)  # decoders pass over stray bytes
        while content[position] == 0xFF:
            position += 1
        marker = content[position]
        position += 1
        if marker in (0x00, 0x01) or 0xD0 <= marker <= 0xD8:  # no segment follows
            continue
        (length,) = struct.unpack_from(">H", content, position)
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack_from(">HH", content, position + 3)
            return int(width * height)
        position += int(length)


def count_gif_pixels(content: bytes) -> int:
    """Return the pixels of all frames of a GIF file, each of the size of the screen."""
    width, height, flags = struct.unpack_from("<HHB", content, 6)
    frames, position = 0, 13 + color_table_size(flags)
    while content[position] in b"!,":
        if content[position : position + 1] == b",":
            frames += 1
            position += 10 + color_table_size(content[position + 9]) + 1
        else:
            position += 2
        while content[position]:  # sub-blocks, each after its length
            position += 1 + content[position]
        position += 1
    return int(width * height) * max(frames, 1)


def color_table_size(flags: int) -> int:
    """Return the size of a colour table of a GIF, in bytes."""
    return int(3 << ((flags & 7) + 1)) if flags & 0x80 else 0


def count_webp_pixels(content: bytes) -> int | None:
    """Return the pixels of a WebP file; of an animation those of its canvas."""
    kind = content[12:16] if content[8:12] == b"WEBP" else b""
    if kind == b"VP8X":
        width, height = content[24:27], content[27:30]
        return (uint24(width) + 1) * (uint24(height) + 1)
    if kind == b"VP8L" and content[20] == 0x2F:
        (sizes,) = struct.unpack_from("<I", content, 21)
        return int(((sizes & 0x3FFF) + 1) * ((sizes >> 14 & 0x3FFF) + 1))
    if kind == b"VP8 " and content[23:26] == b"\x9d\x01\x2a":
        width, height = struct.unpack_from("<HH", content, 26)
        return int((width & 0x3FFF) * (height & 0x3FFF))
    return None


def uint24(content: bytes) -> int:
    """Return an integer of three bytes, the lowest first."""
    if len(content) != 3:
        raise ValueError("The header is cut short")
    return int.from_bytes(content, "little")


def count_avif_pixels(content: bytes) -> int | None:
    """Return the pixels of an AVIF file: the largest image that its boxes describe."""
    largest = None
    for kind, start, end in list_boxes(content):
        if kind not in AVIF_SIZES:
            continue
        name, offset, sizes = AVIF_SIZES[kind]
        position = content.find(name, start, end)
        while position >= 0:
            width, height = struct.unpack_from(sizes, content, position + offset)
            largest = max(largest or 0, int(width * height))
            position = content.find(name, position + 1, end)
    return largest


def list_boxes(content: bytes) -> list[tuple[bytes, int, int]]:
    """Return the type, start and end of the boxes of an ISO file, at its top level."""
    boxes, position = [], 0
    while position + 8 <= len(content):
        length, kind = struct.unpack_from(">I4s", content, position)
        start = position + 8
        if length == 1:
            (length,) = struct.unpack_from(">Q", content, start)
            start += 8
        end = position + length if length else len(content)
        if end < start:
            raise ValueError("A box is shorter than its header")
        boxes.append((kind, start, min(end, len(content))))
        position = end
    return boxes


def count_pnm_pixels(content: bytes) -> int:
    """Return the pixels of a PBM, PGM or PPM file."""
    width, position = read_number(content, 2)
    height, _ = read_number(content, position)
    return width * height


def read_number(content: bytes, position: int) -> tuple[int, int]:
    """Read a number of a PNM header, and the position after the byte that ends it."""
    while not content[position : position + 1].isdigit():
        if content[position : position + 1] == b"#":
            while content[position] not in b"\r\n":
                position += 1
        elif not content[position : position + 1].isspace():
            raise ValueError("A number was expected")
        position += 1
    start = position
    while content[position : position + 1].isdigit():
        position += 1
    return int(content[start:position]), position + 1


def count_pam_pixels(content: bytes) -> int | None:
    """Return the pixels of a PAM file; None if it states a side twice."""
    header = content[: content.index(b"ENDHDR")]
    lines = [line.split() for line in re.split(rb"[\r\n]", header)]
    sides = [line for line in lines if line and line[0] in PAM_FIELDS]
    if sorted(line[0] for line in sides) != sorted(PAM_FIELDS):
        return None
    width, height = (int(line[1]) for line in sides)
    return width * height


def count_pfm_pixels(content: bytes) -> int | None:
    """Return the pixels of a PFM file."""
    size = PFM_SIZE.match(content)
    return None if size is None else int(size[1]) * int(size[2])


def count_sun_raster_pixels(content: bytes) -> int:
    """Return the pixels of a Sun raster file."""
    width, height = struct.unpack_from(">II", content, 4)
    return int(width * height)


def count_radiance_pixels(content: bytes) -> int | None:
    """Return the pixels of a Radiance HDR file."""
    sizes = [int(y) * int(x) for y, x in RADIANCE_SIZE.findall(content)]
    return max(sizes, default=None)


COUNTERS: dict[tuple[int, bytes], PixelCounter] = {
    (0, b"\x89PNG"): count_png_pixels,
    (0, b"\xff\xd8"): count_jpeg_pixels,
    (0, b"GIF8"): count_gif_pixels,
    (0, b"BM"): count_bmp_pixels,
    (0, b"\0\0\0\x0cjP  "): count_jp2_pixels,
    (0, b"\xff\x4f\xff\x51"): count_codestream_pixels,
    (0, b"RIFF"): count_webp_pixels,
    **{(0, b"P%d" % kind): count_pnm_pixels for kind in range(1, 7)},
    (0, b"P7"): count_pam_pixels,
    (0, b"PF"): count_pfm_pixels,
    (0, b"Pf"): count_pfm_pixels,
    (0, b"\x59\xa6\x6a\x95"): count_sun_raster_pixels,
    (0, b"#?"): count_radiance_pixels,
    (4, b"ftyp"): count_avif_pixels,
}
"""How the pixels are counted, by the bytes of a file and where they stand."""
