from __future__ import annotations

import struct
from collections.abc import Callable

import cv2
import numpy as np
import pytest

from napari_nuclei.io.checks import pixel_limit
from napari_nuclei.io.checks.picture_headers import count_picture_pixels
from napari_nuclei.io.checks.pixel_limit import PixelLimitError
from napari_nuclei.io.readers import decode_image

COLOURS = np.full((130, 210, 3), 90, np.uint8)
ANIMATED = (".gif", ".webp", ".avif", ".png")
SUFFIXES = (
    *(".png", ".jpg", ".gif", ".bmp", ".jp2", ".webp", ".avif", ".pgm", ".ppm"),
    *(".pbm", ".pam", ".pfm", ".ras", ".hdr"),
)


def encode(suffix: str, *parameters: int) -> bytes:
    pixels = COLOURS[..., 0] if suffix in (".pgm", ".pbm") else COLOURS
    if suffix in (".pfm", ".hdr"):
        pixels = pixels.astype(np.float32)
    try:
        done, content = cv2.imencode(suffix, pixels, parameters)
    except cv2.error:
        done = False
    if not done:
        pytest.skip(f"OpenCV writes no {suffix}")
    return bytes(content.tobytes())


def encode_animation(suffix: str) -> bytes:
    animation = cv2.Animation()
    animation.frames = [np.full((130, 210, 3), n, np.uint8) for n in (3, 90, 200)]
    animation.durations = np.array([50, 50, 50], np.int32)
    try:
        done, content = cv2.imencodeanimation(suffix, animation)
    except cv2.error:
        done = False
    if not done:
        pytest.skip(f"OpenCV writes no animated {suffix}")
    return bytes(content.tobytes())


def encode_plain_pnm(kind: int) -> bytes:
    shown = b"P%d # a comment 9 9\n210\t130\n%s" % (
        kind,
        b"" if kind == 1 else b"255\n",
    )
    return shown + b"1 " * (210 * 130 * (3 if kind == 3 else 1))


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_pixels_are_counted_without_decoding(suffix: str) -> None:
    assert count_picture_pixels(encode(suffix)) == 130 * 210


@pytest.mark.parametrize("quality", [30, 101], ids=["lossy", "lossless"])
def test_pixels_of_both_kinds_of_webp_are_counted(quality: int) -> None:
    content = encode(".webp", cv2.IMWRITE_WEBP_QUALITY, quality)
    assert (b"VP8L" in content[:20]) == (quality > 100)
    assert count_picture_pixels(content) == 130 * 210


@pytest.mark.parametrize("kind", [1, 2, 3])
def test_pixels_of_plain_text_are_counted(kind: int) -> None:
    content = encode_plain_pnm(kind)
    assert count_picture_pixels(content) == 130 * 210
    assert decode_image(content, "a.pnm").pixels.shape[:2] == (130, 210)


@pytest.mark.parametrize("suffix", ANIMATED)
def test_pixels_of_animations_are_counted(suffix: str) -> None:
    frames = 3 if suffix == ".gif" else 1  # only GIFs are read with all frames
    assert count_picture_pixels(encode_animation(suffix)) == frames * 130 * 210


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_picture_of_any_format_is_refused_before_it_is_decoded(
    suffix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = encode(suffix)
    monkeypatch.setattr(pixel_limit, "MAX_PIXELS_PER_BYTE", 0)
    monkeypatch.setattr(cv2, "imdecode", None)
    monkeypatch.setattr(cv2, "imdecodemulti", None)
    with pytest.raises(PixelLimitError, match=f"a{suffix} .* states 27,300 pixels"):
        decode_image(content, f"a{suffix}", 27_299)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_picture_within_the_limit_is_decoded(suffix: str) -> None:
    image = decode_image(encode(suffix), f"a{suffix}", 27_300)
    assert image.pixels.shape[:2] == (130, 210)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_picture_that_is_cut_short_anywhere_is_counted_or_not(suffix: str) -> None:
    content = encode(suffix)
    for size in [*range(min(len(content), 600)), len(content) - 1]:
        counted = count_picture_pixels(content[:size])
        # A number of text may be cut short too.
        assert counted is None or counted <= 130 * 210


def jpeg_with(stray: bytes) -> bytes:
    content = encode(".jpg")
    return content[:2] + stray + content[2:]


def os2_bitmap() -> bytes:
    header = struct.pack("<IHHHH", 12, 210, 130, 1, 24)
    start = struct.pack("<2sIHHI", b"BM", 26 + 130 * 632, 0, 0, 26)
    return start + header + bytes(130 * 632)


def boxed(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(content), kind) + content


def jp2_with_a_false_header() -> bytes:
    content = encode(".jp2")
    small = boxed(b"ihdr", struct.pack(">II", 1, 1) + bytes(6))
    return content[:12] + boxed(b"free", small) + content[12:]


MISLEADING: dict[str, Callable[[], bytes]] = {
    "JPEG with stray bytes": lambda: jpeg_with(b"\xff\xfe\x00\x04abstray\xff\xff"),
    "JPEG with a false frame header in a comment": lambda: jpeg_with(
        b"\xff\xfe\x00\x0c\xff\xc0\x00\x11\x08\x00\x01\x00\x01\x01"
    ),
    "short header of BMP": os2_bitmap,
    "JPEG 2000 with a false header": jp2_with_a_false_header,
    "PNM with a comment after its width": lambda: encode(".pgm").replace(
        b"210 130", b"210 #1\n130", 1
    ),
    "PNM with a comment that touches its width": lambda: encode(".pgm").replace(
        b"210 130\n", b"210#130 1\n", 1
    ),
    "PNM with zeros before its width": lambda: encode(".pgm").replace(
        b"210", b"0" * 40 + b"210", 1
    ),
    "PAM with a false comment": lambda: encode(".pam").replace(
        b"P7\n", b"P7\n#WIDTH 1\n# HEIGHT 1\n", 1
    ),
    "Radiance with a false size": lambda: encode(".hdr").replace(
        b"#?RADIANCE\n", b"#?RADIANCE\n# -Y 1 +X 1\n", 1
    ),
}


@pytest.mark.parametrize("kind", MISLEADING)
def test_a_header_that_misleads_counts_no_less_than_is_decoded(kind: str) -> None:
    content = MISLEADING[kind]()
    decoded = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED)
    counted = count_picture_pixels(content)
    if decoded is not None:
        assert counted is None or counted >= decoded.shape[0] * decoded.shape[1]
    if not kind.startswith("PAM"):
        assert counted == 130 * 210


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"a text",
        b"P7\nWIDTH 3\nWIDTH 4\nHEIGHT 1\nENDHDR\n",
        b"RIFF\x10\0\0\0WAVEfmt ",
        b"P5 x 3 3",
        b"Pf\n+3 3\n1\n",
        b"#?RADIANCE\n\n+X 3 -Y 3\n",
        b"\0\0\0\x0cftypavif",
        b"P5 " + b"9" * 5000 + b" 3 ",
    ],
)
def test_a_picture_of_unknown_size_is_not_decoded(
    content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert count_picture_pixels(content) is None
    monkeypatch.setattr(cv2, "imdecode", None)
    with pytest.raises(ValueError, match=r"not an image that can be read|is empty"):
        decode_image(content, "a.png")
