from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray

from napari_nuclei.scale.files.image_set import ImageSet


def write(path: Path, value: int, shape: tuple[int, ...] = (8, 9), dtype: Any = "u2"):
    tifffile.imwrite(
        path,
        np.full(shape, value, dtype),
        photometric="minisblack",
        metadata={"axes": "ZYX"[-len(shape) :]},
    )
    return path


@pytest.fixture
def image_set(tmp_path: Path) -> ImageSet:
    """Return an image of 2 slices and 2 channels, one file for each."""
    files = {
        ("", z, c): write(tmp_path / f"z{z}c{c}.tif", int(z) * 10 + int(c))
        for z in ("1", "2")
        for c in ("1", "2")
    }
    return ImageSet("A01", files, (("",), ("1", "2"), ("1", "2")), ("w1", "w2"))


def first_pixels(pixels: NDArray[Any]) -> list[Any]:
    values: list[Any] = pixels[..., 0, 0].tolist()
    return values


def test_files_are_joined_by_slice_and_channel(image_set: ImageSet) -> None:
    image = image_set.read()
    assert (image.axes, image.pixels.shape) == ("ZCYX", (2, 2, 8, 9))
    assert first_pixels(image.pixels) == [[11, 12], [21, 22]]
    assert image.pixels.dtype == np.uint16
    assert image_set.several_channels


def test_one_file_is_read_as_it_is(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tif", 5, (3, 8, 9))
    image = ImageSet("a", {("", "", ""): path}, (("",), ("",), ("",))).read()
    assert (image.axes, image.pixels.shape) == ("ZYX", (3, 8, 9))


def test_a_missing_file_is_named(image_set: ImageSet) -> None:
    del image_set.files["", "2", "1"]  # type: ignore[attr-defined]
    with pytest.raises(ValueError, match="A01 has no file for z 2, channel 1"):
        image_set.read()


def test_files_of_other_sizes_or_types_are_refused(image_set: ImageSet) -> None:
    last = image_set.files["", "2", "2"]
    write(last, 1, (7, 9))
    with pytest.raises(ValueError, match=r"z2c2.tif has the shape \(7, 9\) \(YX\), ot"):
        image_set.read()
    write(last, 1, dtype="u1")
    with pytest.raises(ValueError, match=r"z2c2.tif has pixels of uint8, other files"):
        image_set.read()


def test_an_axis_in_the_name_and_in_the_file_is_refused(image_set: ImageSet) -> None:
    write(image_set.files["", "1", "1"], 1, (3, 8, 9))
    with pytest.raises(ValueError, match=r"z1c1.tif has slices itself \(ZYX\), and"):
        image_set.read()


def test_grey_files_that_were_saved_as_rgb_are_joined(image_set: ImageSet) -> None:
    for (_, z, channel), path in image_set.files.items():
        pixels = np.zeros((8, 9, 3), np.uint8)
        # The first channel is shown in blue, the second one in grey.
        pixels[..., slice(2, 3) if channel == "1" else slice(0, 3)] = int(z) * 10
        tifffile.imwrite(path, pixels, photometric="rgb")
    image = image_set.read()
    assert (image.axes, image.pixels.shape) == ("ZCYX", (2, 2, 8, 9))
    assert first_pixels(image.pixels) == [[10, 10], [20, 20]]
    pixels[..., 1] = 7
    tifffile.imwrite(image_set.files["", "1", "1"], pixels, photometric="rgb")
    with pytest.raises(ValueError, match="has channels or colours itself"):
        image_set.read()
