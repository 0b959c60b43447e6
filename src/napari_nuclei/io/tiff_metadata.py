"""Read the axes and the pixel size of TIFF files."""

from __future__ import annotations

import re
from math import isclose
from typing import Any

from napari_nuclei.core.axes import has_channels_last

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

OME_SIZE_Z = re.compile(r'PhysicalSizeZ="([0-9.eE+-]+)"')
OME_UNIT_Z = re.compile(r'PhysicalSizeZUnit="([^"]+)"')
OME_SIZE_X = re.compile(r'PhysicalSizeX="([0-9.eE+-]+)"')
OME_SIZE_Y = re.compile(r'PhysicalSizeY="([0-9.eE+-]+)"')
OME_UNIT_X = re.compile(r'PhysicalSizeXUnit="([^"]+)"')


MIN_RELATIVE_SIZE = 0.3
"""Images below this share of the first one are thumbnails or pyramid levels."""


def plane_pixels(series: Any) -> int:
    """Return the number of pixels of a plane of a series, height times width."""
    sides = dict(zip(series.axes, series.shape, strict=True))
    return int(sides.get("Y", 1) * sides.get("X", 1))


def count_images(file: Any) -> int:
    """Return the number of images in a TIFF, without thumbnails and pyramid levels."""
    first = plane_pixels(file.series[0])
    return sum(
        plane_pixels(series) > MIN_RELATIVE_SIZE * first for series in file.series
    )


def check_single_image(images: int, name: str) -> None:
    """Raise ValueError if a TIFF holds several images, of which only one is read."""
    if images > 1:
        raise ValueError(
            f"{name} holds {images} images, such as positions, instead of one stack. "
            "Save each as a file of its own, or all as a stack"
        )


def tiff_axes(series: Any) -> str:
    """Return the axes of a series of a TIFF, one letter each.

    An axis that the file does not name is T, unless the last of three axes is so short
    that it must be channels. Samples are S if they are colours, K if they are the inks
    of print (CMYK), A if they are grey with alpha, and otherwise C.
    """
    if series.axes == "QYX" and has_channels_last(series.shape):
        return "YXS" if series.shape[-1] in (3, 4) else "YXC"
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


def rational_value(tag: Any) -> float:
    """Return the value of a tag that is a fraction of two integers."""
    return float(tag.value[0] / tag.value[1])


def tiff_pixel_size(file: Any) -> float | None:
    """Return the side of a pixel in µm, or None if the TIFF does not state it."""
    ome = OME_SIZE_X.search(file.ome_metadata or "")
    if ome:
        upright = OME_SIZE_Y.search(file.ome_metadata)
        if upright and not isclose(float(ome[1]), float(upright[1]), rel_tol=0.01):
            return None
        named = OME_UNIT_X.search(file.ome_metadata)
        ome_unit = MICROMETRES_PER_UNIT.get(named[1] if named else "um")
        return float(ome[1]) * ome_unit or None if ome_unit else None
    tags = file.pages[0].tags
    resolution, upright = tags.get("XResolution"), tags.get("YResolution")
    if resolution is None or not all(resolution.value):
        return None
    if upright is not None and all(upright.value):
        # Pixels that are not square have no single size.
        if not isclose(
            rational_value(resolution), rational_value(upright), rel_tol=0.01
        ):
            return None
    per_pixel = resolution.value[1] / resolution.value[0]
    imagej = file.imagej_metadata or {}
    if "unit" in imagej:
        unit = imagej_unit(file)
        return per_pixel * unit if unit else None
    unit_tag = tags.get("ResolutionUnit")
    if unit_tag is not None and int(unit_tag.value) == 3 and not file.is_imagej:
        return float(per_pixel * MICROMETRES_PER_UNIT["cm"])
    return None


def imagej_unit(file: Any) -> float | None:
    """Return the unit of an ImageJ TIFF in µm, or None if it is not known."""
    name = str((file.imagej_metadata or {}).get("unit", ""))
    return MICROMETRES_PER_UNIT.get(name.replace(r"\u00B5", "µ"))


def tiff_z_spacing(file: Any) -> float | None:
    """Return the distance of planes in µm, or None if the TIFF does not state it."""
    ome = OME_SIZE_Z.search(file.ome_metadata or "")
    if ome:
        named = OME_UNIT_Z.search(file.ome_metadata)
        unit = MICROMETRES_PER_UNIT.get(named[1] if named else "um")
        return float(ome[1]) * unit or None if unit else None
    spacing = (file.imagej_metadata or {}).get("spacing")
    unit = imagej_unit(file)
    return float(spacing) * unit or None if spacing and unit else None
