"""Images in files: PNG, JPEG and TIFF, with their axes and pixel size."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from math import isclose
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

TIFF_SUFFIXES = (".tif", ".tiff")
IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg", *TIFF_SUFFIXES)
SLIDE_SUFFIXES = (".svs", ".ndpi", ".scn", ".bif")

MICROMETRES_PER_UNIT = {
    "um": 1.0,
    "µm": 1.0,
    "μm": 1.0,
    "micron": 1.0,
    "microns": 1.0,
    "micrometer": 1.0,
    "micrometre": 1.0,
    "nm": 1e-3,
    "mm": 1e3,
    "cm": 1e4,
}

OME_PIXEL = re.compile(r'PhysicalSizeX="([0-9.eE+-]+)"')
OME_HEIGHT = re.compile(r'PhysicalSizeY="([0-9.eE+-]+)"')
OME_UNIT = re.compile(r'PhysicalSizeXUnit="([^"]+)"')


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
    """

    pixels: NDArray[Any]
    axes: str
    pixel_size: float | None = None


def is_image_name(path: Path) -> bool:
    """Tell whether a file's name ends like an image's."""
    return path.suffix.lower() in IMAGE_SUFFIXES


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
            series = file.series[0]
            pixels, axes = series.asarray(), tiff_axes(series)
            palette = None if file.is_imagej else series.keyframe.colormap
            pixel_size = tiff_pixel_size(file)
    except Exception as error:  # a damaged file makes tifffile raise almost anything
        raise ValueError(f"{name} is not a TIFF that can be read ({error})") from error
    if pixels.ndim != len(axes) or not pixels.size:
        raise ValueError(f"{name} is damaged: some of its pixels are missing")
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
    return ImageFile(pixels, axes, pixel_size)


def tiff_axes(series: Any) -> str:
    """Return the axes of a series of a TIFF, a letter each.

    Those that the file does not name count as T. Samples are S if they are colours, K
    if they are the inks of print, A if they are grey with alpha, and otherwise C.
    """
    axes = str(series.axes).replace("Q", "T").replace("I", "T")
    if "S" not in axes:
        return axes
    page = series.keyframe
    alpha = any(int(extra) in (1, 2) for extra in page.extrasamples)
    if page.photometric.name == "SEPARATED":
        return axes.replace("S", "K")
    count = series.shape[axes.index("S")]
    if count == 2 and alpha:
        return axes.replace("S", "A")
    grey = page.photometric.name in ("MINISBLACK", "MINISWHITE")
    colours = count in (1, 3) or (count == 4 and (alpha or not grey))
    return axes if colours or "C" in axes else axes.replace("S", "C")


def ratio(tag: Any) -> float:
    """Return the number that a tag of two whole numbers states."""
    return float(tag.value[0] / tag.value[1])


def tiff_pixel_size(file: Any) -> float | None:
    """Return the pixel size that a TIFF states, in micrometres, or None."""
    ome = OME_PIXEL.search(file.ome_metadata or "")
    if ome:
        upright = OME_HEIGHT.search(file.ome_metadata)
        if upright and not isclose(float(ome[1]), float(upright[1]), rel_tol=0.01):
            return None
        named = OME_UNIT.search(file.ome_metadata)
        ome_unit = MICROMETRES_PER_UNIT.get(named[1] if named else "um")
        return float(ome[1]) * ome_unit or None if ome_unit else None
    tags = file.pages[0].tags
    resolution, upright = tags.get("XResolution"), tags.get("YResolution")
    if resolution is None or not all(resolution.value):
        return None
    if upright is not None and all(upright.value):
        # Pixels that are not square have no one size.
        if not isclose(ratio(resolution), ratio(upright), rel_tol=0.01):
            return None
    per_pixel = resolution.value[1] / resolution.value[0]
    imagej = file.imagej_metadata or {}
    if "unit" in imagej:
        name = str(imagej["unit"]).replace(r"\u00B5", "µ")
        unit = MICROMETRES_PER_UNIT.get(name)
        return per_pixel * unit if unit else None
    unit_tag = tags.get("ResolutionUnit")
    if unit_tag is not None and int(unit_tag.value) == 3 and not file.is_imagej:
        return float(per_pixel * MICROMETRES_PER_UNIT["cm"])
    return None
