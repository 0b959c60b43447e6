from __future__ import annotations

import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
import tifffile

from napari_nuclei.io.checks.pixel_limit import (
    PixelLimitError,
    check_pixel_count,
)
from napari_nuclei.io.readers import decode_image, read_image


def png_header(width: int, height: int) -> bytes:
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    checksum = struct.pack(">I", zlib.crc32(header))
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + header + checksum


def test_a_picture_is_refused_before_it_is_decoded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(cv2, "imdecode", None)
    content = png_header(30_000, 30_000) + bytes(109_000)
    with pytest.raises(
        PixelLimitError, match=r"a\.png \(109,033 bytes\) states 900,00"
    ):
        decode_image(content, "a.png")


def test_a_tiff_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, np.zeros((3, 500, 700, 3), np.uint8), compression="zlib")
    with pytest.raises(PixelLimitError, match="states 1,050,000 pixels, more than"):
        read_image(path, max_pixels=1_000_000)
    assert read_image(path, max_pixels=1_050_000).pixels.shape == (3, 500, 700, 3)


def test_a_large_file_may_hold_many_pixels() -> None:
    check_pixel_count(1000, 100, 10, "a.tif")
    with pytest.raises(PixelLimitError):
        check_pixel_count(1001, 100, 10, "a.tif")
