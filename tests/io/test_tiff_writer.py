from __future__ import annotations

import io

import numpy as np
import pytest
import tifffile

from napari_nuclei.io.readers import decode_image
from napari_nuclei.io.tiff_writer import encode_image_tiff, encode_labels_tiff

LABELS = np.arange(20 * 30, dtype=np.int32).reshape(20, 30) % 7


@pytest.mark.parametrize("pixel_size", [None, 0.25, 0.108333, 1.0, 12.5, 1e-3])
@pytest.mark.parametrize("highest", [6, 65_535, 65_536, 2**31 - 1])
def test_labels_come_back_with_axes_and_pixel_size(
    highest: int, pixel_size: float | None
) -> None:
    labels = LABELS.copy()
    labels[3, 4] = highest
    again = decode_image(encode_labels_tiff(labels, "YX", pixel_size), "labels.tif")
    np.testing.assert_array_equal(again.pixels, labels)
    assert again.pixels.dtype == (np.uint16 if highest < 65_536 else np.uint32)
    assert again.axes == "YX"
    assert again.pixel_size == (
        pixel_size if pixel_size is None else pytest.approx(pixel_size, rel=1e-5)
    )


@pytest.mark.parametrize("highest", [6, 70_000])
@pytest.mark.parametrize("axes", ["TYX", "ZYX", "TZYX", "XY", "YXZ", "XYZT", "PYX"])
def test_axes_come_back_in_their_order(axes: str, highest: int) -> None:
    sizes = {"T": 2, "Z": 3, "Y": 8, "X": 9, "P": 2}
    shape = tuple(sizes[axis] for axis in axes)
    labels = np.arange(np.prod(shape), dtype=np.int32).reshape(shape)
    labels.flat[-1] = highest
    again = decode_image(encode_labels_tiff(labels, axes, 0.5), "labels.tif")
    assert again.axes == axes
    assert again.pixel_size == pytest.approx(0.5)
    np.testing.assert_array_equal(again.pixels, labels)


def test_imagej_files_state_the_unit_and_the_axes() -> None:
    content = encode_labels_tiff(np.stack([LABELS] * 4), "ZYX", 0.25)
    with tifffile.TiffFile(io.BytesIO(content)) as file:
        assert file.is_imagej
        assert file.imagej_metadata is not None
        assert file.imagej_metadata["slices"] == 4
        assert file.imagej_metadata["unit"] == "um"
        across, per = file.pages[0].tags["XResolution"].value
        assert across / per == pytest.approx(4)


def test_large_labels_are_compressed_and_state_pixels_per_centimetre() -> None:
    content = encode_labels_tiff(LABELS + 70_000, "YX", 0.25)
    with tifffile.TiffFile(io.BytesIO(content)) as file:
        page = file.pages[0]
        assert not file.is_imagej
        assert page.compression.name == "ADOBE_DEFLATE"
        across, per = page.tags["XResolution"].value
        assert across / per == pytest.approx(40_000)
        assert page.tags["ResolutionUnit"].value == 3


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32", "float64", "int16"])
def test_images_of_every_type_come_back(rng: np.random.Generator, dtype: str) -> None:
    pixels = (rng.random((2, 8, 9)) * 100).astype(dtype)
    again = decode_image(encode_image_tiff(pixels, "TYX", None), "image.tif")
    np.testing.assert_array_equal(again.pixels, pixels)
    assert (again.axes, again.pixel_size) == ("TYX", None)
