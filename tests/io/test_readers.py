from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
import tifffile

from napari_nuclei.io.readers import (
    MICROSCOPE,
    READERS,
    find_reader,
    is_blockwise_name,
    is_image_file,
    is_image_name,
    open_image,
    read_image,
)

GREYS = np.arange(20 * 30, dtype=np.uint8).reshape(20, 30)


@pytest.mark.parametrize(
    ("name", "is_image"),
    [
        ("a.png", True),
        ("a.JPG", True),
        ("a.ome.tif", True),
        ("a.txt", False),
        ("plate/._a.tif", False),
    ],
)
def test_the_suffix_marks_an_image(name: str, is_image: bool) -> None:
    assert is_image_name(Path(name)) is is_image


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.tif", "a", "a.svs", "a.txt"])
@pytest.mark.parametrize("kind", ["png", "tiff"])
def test_the_content_says_how_a_file_is_read(
    tmp_path: Path, name: str, kind: str
) -> None:
    path = tmp_path / name
    if kind == "png":
        path.write_bytes(cv2.imencode(".png", GREYS)[1].tobytes())
    else:
        tifffile.imwrite(path, GREYS)
    np.testing.assert_array_equal(read_image(path).pixels, GREYS)


def test_a_tiff_of_any_name_is_opened_in_parts(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "a.png", GREYS)
    opened = open_image(tmp_path / "a.png")
    np.testing.assert_array_equal(opened.pixels[2:5, 3:7], GREYS[2:5, 3:7])
    opened.close()


READERS_BY_FILE = {
    "a.png": (b"", "PNG"),
    "a.tif": (b"\xff\xd8\xff\xe0", "JPEG"),
    "a.svs": (b"II*\0", "slide"),
    "b.tif": (b"II*\0", "TIFF"),
    "a.ZARR": (b"", "zarr"),
    "a.txt": (b"hello", None),
    "b.svs": (b"hello", "slide"),
}


@pytest.mark.parametrize(
    ("name", "head", "expected"),
    [(name, *rest) for name, rest in READERS_BY_FILE.items()],
    ids=READERS_BY_FILE,
)
def test_content_goes_before_the_name(
    name: str, head: bytes, expected: str | None
) -> None:
    found = find_reader(name, head)
    assert (found and found.name) == expected


def test_every_format_can_be_read_in_some_way() -> None:
    suffixes = [suffix for reader in READERS for suffix in reader.suffixes]
    assert len(suffixes) == len({*suffixes})
    for reader in READERS:
        assert reader.decode is not None or reader.open is not None
        for suffix in reader.suffixes:
            read_whole = reader.decode is not None or reader is MICROSCOPE
            assert is_blockwise_name(Path(f"a{suffix}")) != read_whole


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"gone\.png: there is no such file"):
        read_image(tmp_path / "gone.png")
    with pytest.raises(IsADirectoryError, match="is a folder, not an image"):
        read_image(tmp_path)


@pytest.mark.parametrize(
    "name", ["a.lsm", "a.stk", "a.btf", "a.tf8", "a.tf2", "a.qptiff", "a", "a.dat"]
)
def test_a_tiff_of_any_name_is_read_with_its_axes(tmp_path: Path, name: str) -> None:
    stack = np.arange(3 * 20 * 30, dtype=np.uint16).reshape(3, 20, 30)
    about = {"axes": "ZYX", "unit": "um", "spacing": 2.0}
    file = tmp_path / "a.tif"
    tifffile.imwrite(file, stack, imagej=True, resolution=(4, 4), metadata=about)
    path = file.rename(tmp_path / name)
    for image in (read_image(path), open_image(path)):
        assert (image.axes, image.pixel_size) == ("ZYX", 0.25)
        np.testing.assert_array_equal(image.pixels[:], stack)
    assert is_image_file(path) == (name != "a.dat")


def test_a_file_without_a_suffix_is_an_image_by_its_content(tmp_path: Path) -> None:
    (tmp_path / "LICENSE").write_text("text")
    (tmp_path / ".hidden").write_bytes(b"II*\0")
    assert not is_image_file(tmp_path / "LICENSE")
    assert not is_image_file(tmp_path / ".hidden")
    assert not is_image_file(tmp_path)
