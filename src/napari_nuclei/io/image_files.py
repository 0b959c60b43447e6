"""Images in files: PNG, JPEG and TIFF, with their axes and pixel size."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from napari_nuclei.io.tiff_metadata import (
    check_single_image,
    count_images,
    tiff_axes,
    tiff_pixel_size,
    tiff_z_spacing,
)

TIFF_SUFFIXES = (".tif", ".tiff")
IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg", *TIFF_SUFFIXES)
SLIDE_SUFFIXES = (".svs", ".ndpi", ".scn", ".bif")


@dataclass(frozen=True, slots=True)
class ImageFile:
    """What an image file holds.

    Attributes
    ----------
    pixels : ndarray
        Channels, if there are any beside others, as the file orders its axes.
    axes : str
        One letter an axis: T, Z, C, Y, X, or S for the samples of RGB and RGBA.
    pixel_size : float, optional
        Height and width of a pixel, in micrometres, where the file states one size
        for both.
    z_spacing : float, optional
        Distance of the planes of a z stack, in micrometres, where the file states it.
    """

    pixels: NDArray[Any]
    axes: str
    pixel_size: float | None = None
    z_spacing: float | None = None


def is_image_name(path: Path) -> bool:
    """Tell whether a file's name ends like an image's, and is not a hidden one.

    macOS leaves a hidden ``._a.tif`` beside ``a.tif`` on the disks of others.
    """
    return path.suffix.lower() in IMAGE_SUFFIXES and not path.name.startswith(".")


def read_image(path: Path | str) -> ImageFile:
    """Read an image file.

    Parameters
    ----------
    path : path-like
        A PNG, JPEG or TIFF file.

    Raises
    ------
    OSError
        If there is no such file or it cannot be read.
    ValueError
        If it is not an image that is understood.
    """
    path = Path(path)
    if not path.exists():
        raise FileNotFoundError(f"{path}: there is no such file")
    if path.is_dir():
        raise IsADirectoryError(f"{path} is a folder, not an image")
    return decode_image(path.read_bytes(), path.name)


def decode_image(content: bytes, name: str) -> ImageFile:
    """Decode the bytes of an image file.

    Parameters
    ----------
    content : bytes
    name : str
        The file's name; its suffix tells TIFF from the rest.

    Raises
    ------
    ValueError
        If the bytes are not an image of the formats that are understood.
    """
    if not content:
        raise ValueError(f"{name} is empty (0 bytes)")
    if Path(name).suffix.lower() in TIFF_SUFFIXES:
        return decode_tiff(content, name)
    try:
        pixels = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error:
        pixels = None
    if pixels is None:
        raise ValueError(f"{name} is not an image that can be read (PNG, JPEG or TIFF)")
    if pixels.ndim == 2:
        return ImageFile(pixels, "YX")
    code = cv2.COLOR_BGR2RGB if pixels.shape[2] == 3 else cv2.COLOR_BGRA2RGBA
    return ImageFile(cv2.cvtColor(pixels, code), "YXS")


def decode_tiff(content: bytes, name: str) -> ImageFile:
    """Decode the first series of a TIFF file."""
    import tifffile

    try:
        with tifffile.TiffFile(io.BytesIO(content)) as file:
            series, images = file.series[0], count_images(file)
            pixels, axes = series.asarray(), tiff_axes(series)
            palette = None if file.is_imagej else series.keyframe.colormap
            pixel_size, z_spacing = tiff_pixel_size(file), tiff_z_spacing(file)
    except Exception as error:  # a damaged file makes tifffile raise almost anything
        raise ValueError(f"{name} is not a TIFF that can be read ({error})") from error
    if pixels.ndim != len(axes) or not pixels.size:
        raise ValueError(f"{name} is damaged: some of its pixels are missing")
    check_single_image(images, name)
    if "K" in axes:
        raise ValueError(f"{name} has the colours of print (CMYK); save it as RGB")
    if "A" in axes:  # grey with alpha
        pixels = np.take(pixels, 0, axes.index("A"))
        axes = axes.replace("A", "")
    if "S" in axes and not axes.endswith("S"):  # RGB stored plane by plane
        pixels = np.moveaxis(pixels, axes.index("S"), -1)
        axes = axes.replace("S", "") + "S"
    if palette is not None:
        pixels = np.moveaxis((palette >> 8).astype(np.uint8)[:, pixels], 0, -1)
        axes += "S"
    return ImageFile(pixels, axes, pixel_size, z_spacing)
