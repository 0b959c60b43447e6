from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray
from PIL import Image

from napari_nuclei.io.image_files import ImageFile
from napari_nuclei.io.lazy_images import LazyImage
from napari_nuclei.io.readers import decode_image, read_image

PLANE = np.arange(20 * 30, dtype=np.uint16).reshape(20, 30)
RGB = np.zeros((20, 30, 3), np.uint8)
RGB[:, :10] = (200, 100, 50)


@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
@pytest.mark.parametrize("suffix", [".png", ".tif", ".TIFF"])
def test_grey_images_come_back_unchanged(
    tmp_path: Path, suffix: str, dtype: str
) -> None:
    path, pixels = tmp_path / f"grey{suffix}", PLANE.astype(dtype)
    if suffix == ".png":
        cv2.imwrite(str(path), pixels)
    else:
        tifffile.imwrite(path, pixels)
    image = read_image(path)
    assert image.axes == "YX"
    assert image.pixels.dtype == dtype
    np.testing.assert_array_equal(image.pixels, pixels)


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".JPEG", ".tif"])
def test_colours_are_red_green_blue(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"colour{suffix}"
    if suffix == ".tif":
        tifffile.imwrite(path, RGB, photometric="rgb")
    else:
        cv2.imwrite(str(path), RGB[..., ::-1])
    image = read_image(path)
    assert image.axes == "YXS"
    np.testing.assert_allclose(image.pixels[10, 4], (200, 100, 50), atol=8)


def test_alpha_comes_last(tmp_path: Path) -> None:
    bgra = np.dstack([RGB[..., ::-1], np.full((20, 30), 77, np.uint8)])
    cv2.imwrite(str(tmp_path / "a.png"), bgra)
    image = read_image(tmp_path / "a.png")
    assert image.pixels[10, 4].tolist() == [200, 100, 50, 77]


def test_colours_stored_plane_by_plane_are_moved_last(tmp_path: Path) -> None:
    path = tmp_path / "planes.tif"
    tifffile.imwrite(
        path, np.moveaxis(RGB, -1, 0), photometric="rgb", planarconfig="separate"
    )
    image = read_image(path)
    assert image.axes == "YXS"
    np.testing.assert_array_equal(image.pixels, RGB)


GREYS = np.arange(20 * 30, dtype=np.uint16).reshape(20, 30).astype(np.uint8)
PALETTE = np.stack([np.arange(256)[::-1], np.arange(256), np.arange(256) * 0])


def test_a_palette_becomes_colours_except_in_imagej_files(
    tmp_path: Path,
) -> None:
    options = {"photometric": "palette", "colormap": (PALETTE * 257).astype(np.uint16)}
    tifffile.imwrite(tmp_path / "p.tif", GREYS, **options)
    image = read_image(tmp_path / "p.tif")
    assert image.axes == "YXS"
    np.testing.assert_array_equal(image.pixels, PALETTE.T.astype(np.uint8)[GREYS])
    tifffile.imwrite(tmp_path / "j.tif", GREYS, imagej=True, **options)
    np.testing.assert_array_equal(read_image(tmp_path / "j.tif").pixels, GREYS)


@pytest.mark.parametrize("compression", ["lzw", "zlib", "jpeg"])
def test_compressed_tiff_can_be_read(tmp_path: Path, compression: str) -> None:
    path = tmp_path / "small.tif"
    tifffile.imwrite(path, RGB, photometric="rgb", compression=compression)
    assert read_image(path).pixels.shape == RGB.shape


def test_an_imagej_stack_keeps_its_axes(tmp_path: Path) -> None:
    stack = np.zeros((2, 5, 3, 20, 30), np.uint8)
    tifffile.imwrite(tmp_path / "s.tif", stack, imagej=True, metadata={"axes": "TZCYX"})
    image = read_image(tmp_path / "s.tif")
    assert image.axes == "TZCYX"
    assert image.pixels.shape == stack.shape


def test_a_stack_of_unnamed_planes_is_a_time_series(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "s.tif", np.zeros((5, 20, 30), np.uint8))
    assert read_image(tmp_path / "s.tif").axes == "TYX"


def encoded(pixels: NDArray[np.uint8]) -> bytes:
    return bytes(cv2.imencode(".png", pixels)[1])


def tiff_of(pixels: NDArray[Any], **options: Any) -> bytes:
    file = io.BytesIO()
    tifffile.imwrite(file, pixels, **options)
    return file.getvalue()


BAD = {
    "no bytes": ("a.png", b"", r"a\.png is empty \(0 bytes\)"),
    "no bytes in tiff": ("a.tif", b"", r"a\.tif is empty \(0 bytes\)"),
    "text": ("a.png", b"hello", r"a\.png is not an image that can be read"),
    "text in tiff": ("a.tif", b"hello", r"a\.tif is not a TIFF that can be read"),
    "half a png": ("a.png", encoded(RGB)[:30], r"a\.png is not an image that can"),
    "inks of print": (
        "a.tif",
        tiff_of(np.zeros((20, 30, 4), np.uint8), photometric="separated"),
        r"a\.tif has the colours of print \(CMYK\)\. Save it as RGB",
    ),
}


@pytest.mark.parametrize(("name", "content", "message"), BAD.values(), ids=BAD)
def test_a_file_that_is_no_image_is_refused(
    tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ValueError, match=message):
        read_image(tmp_path / name)


def test_a_tiff_that_was_cut_short_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "whole.tif"
    tifffile.imwrite(path, PLANE)
    content = path.read_bytes()
    for length in range(1, len(content), 97):
        path.write_bytes(content[:length])
        with pytest.raises(ValueError, match=r"^whole\.tif is (not a TIFF|damaged)"):
            read_image(path)


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int16", "bool"])
@pytest.mark.parametrize("options", [{}, {"imagej": True}], ids=["plain", "ImageJ"])
def test_black_is_zero_in_a_min_is_white_tiff(
    tmp_path: Path, dtype: str, options: dict[str, Any]
) -> None:
    if options and dtype in ("int16", "bool"):
        pytest.skip("ImageJ files have no such pixels")
    truth = (PLANE % 2 if dtype == "bool" else PLANE).astype(dtype)
    path = tmp_path / "white.tif"
    tifffile.imwrite(path, np.invert(truth), photometric="miniswhite", **options)
    image = read_image(path)
    assert image.pixels.dtype == dtype
    np.testing.assert_array_equal(image.pixels, truth)
    np.testing.assert_array_equal(image.stored_pixels, np.invert(truth))


def test_float_pixels_are_not_inverted(tmp_path: Path) -> None:
    path = tmp_path / "white.tif"
    tifffile.imwrite(path, PLANE.astype(np.float32), photometric="miniswhite")
    np.testing.assert_array_equal(read_image(path).pixels, PLANE)


@pytest.mark.parametrize("axes", ["YX", "TYX", "YXS", "TYXS"])
def test_the_frames_of_a_gif_are_a_time_series(tmp_path: Path, axes: str) -> None:
    values = (10, 120, 250) if "T" in axes else (10,)
    colour = (1, 0, 0) if "S" in axes else (1, 1, 1)
    frames = np.stack([np.full((20, 30, 3), v, np.uint8) * colour for v in values])
    first, *others = [Image.fromarray(f.astype(np.uint8)) for f in frames]
    first.save(tmp_path / "a.gif", save_all=True, append_images=others)
    image = read_image(tmp_path / "a.gif")
    assert image.axes == axes
    expected = frames if "T" in axes else frames[0]
    np.testing.assert_array_equal(
        image.pixels, expected if "S" in axes else expected[..., 0]
    )


def test_a_damaged_gif_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.gif").write_bytes(b"GIF89a" + bytes(5))
    with pytest.raises(ValueError, match=r"a\.gif is not a GIF that can be read"):
        read_image(tmp_path / "a.gif")


@pytest.mark.parametrize("bits", [1, 4, 8])
def test_palettes_of_few_bits_are_colours(tmp_path: Path, bits: int) -> None:
    content = palette_tiff(bits, colours=1 << bits)
    found = decode_image(content, "a.tif")
    assert (found.axes, found.pixels.shape) == ("YXS", (2, 8, 3))
    assert found.pixels[:, :, 0].tolist() == [[200] * 8, [10] * 8]


def test_a_palette_with_too_few_colours_is_refused() -> None:
    content = palette_tiff(8, colours=2).replace(b"\x01" * 8, b"\x02" * 8)
    with pytest.raises(ValueError, match=r"a\.tif is damaged: its palette has too few"):
        decode_image(content, "a.tif")


def palette_tiff(bits: int, colours: int) -> bytes:
    """Return a TIFF of 8 x 2 pixels: the first row has the colour 1, the second 0."""
    first = {1: b"\xff", 4: b"\x11" * 4, 8: b"\x01" * 8}[bits]
    pixels = first + bytes(len(first))
    table = np.zeros((3, colours), "<u2")
    table[:, :1], table[:, 1:2] = 10 << 8, 200 << 8
    colormap = 8 + len(pixels)
    tags = [
        (256, 3, 1, 8),
        (257, 3, 1, 2),
        (258, 3, 1, bits),
        (259, 3, 1, 1),
        (262, 3, 1, 3),
        (273, 4, 1, 8),
        (277, 3, 1, 1),
        (278, 3, 1, 2),
        (279, 4, 1, len(pixels)),
        (320, 3, 3 * colours, colormap),
    ]
    ifd = struct.pack("<H", len(tags))
    ifd += b"".join(struct.pack("<HHII", *tag) for tag in tags) + bytes(4)
    start = colormap + table.nbytes
    return b"II*\0" + struct.pack("<I", start) + pixels + table.tobytes() + ifd


@pytest.mark.parametrize("error", [IndexError("x"), KeyError("x"), zlib.error("x")])
def test_any_error_of_a_decoder_is_one_of_the_file(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(*arguments: object) -> None:
        raise error

    monkeypatch.setattr(cv2, "cvtColor", fail)
    content = cv2.imencode(".png", np.zeros((4, 4, 3), np.uint8))[1].tobytes()
    with pytest.raises(ValueError, match=r"a\.png is damaged and cannot be read \("):
        decode_image(content, "a.png")


def test_an_image_in_memory_and_one_in_parts_have_the_same_notes() -> None:
    values = {
        "notes": ("Read.",),
        "axes_note": "Assumed.",
        "channel_names": ("DAPI", "b"),
    }
    pixels = np.zeros((2, 4, 4))
    file = ImageFile(pixels, "CYX", **values)
    lazy = LazyImage(pixels, "CYX", None, "", **values)
    for axes, channel in ((None, None), ("CYX", None), (None, 1), ("CYX", 1)):
        notes = file.notes_with(axes, channel)
        assert notes == lazy.notes_with(axes, channel)
        assert ("Assumed." in notes) == (axes is None)
        assert len(notes) == 1 + (axes is None) + (channel is None)
