"""Read the axes and the pixel size of TIFF files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isclose, isfinite, prod
from typing import Any

import numpy as np

from napari_nuclei.config.unnamed_axes import (
    MAX_AMBIGUOUS,
    UNNAMED_AXIS,
    has_channels_last,
)
from napari_nuclei.core.errors import shorten_names
from napari_nuclei.io.ome_xml import physical_size, pixel_side, pixels_attributes
from napari_nuclei.io.units import (
    MICROMETRES_PER_UNIT,
    implausible_size_note,
    is_plausible_size,
)

MIN_RELATIVE_SIZE = 0.3
"""Images below this fraction of the first one are thumbnails or pyramid levels."""


def plane_pixels(series: Any) -> int:
    """Return the number of pixels of a plane of a series, height times width."""
    sides = dict(zip(series.axes, series.shape, strict=True))
    return int(sides.get("Y", 1) * sides.get("X", 1))


def count_pixels(series: Any) -> int:
    """Return the pixels of all planes of a series, or of a tile if that is larger.

    Up to four samples of a pixel count as one.
    """
    sides = dict(zip(series.axes, series.shape, strict=True))
    samples = sides.get("S", 1)
    tile = prod(series.keyframe.chunks) if series.keyframe.is_tiled else 1
    return int(max(prod(series.shape), tile) // (samples if 2 <= samples <= 4 else 1))


def list_images(file: Any) -> list[str]:
    """Return the names of the images in a TIFF, without thumbnails and pyramid levels.

    Images without a name are numbered from 1.
    """
    first = plane_pixels(file.series[0])
    images = [s for s in file.series if plane_pixels(s) > MIN_RELATIVE_SIZE * first]
    return [str(s.name or number) for number, s in enumerate(images, 1)]


def check_single_image(images: Sequence[str], name: str) -> None:
    """Raise ValueError if a TIFF holds several images, of which only one is read."""
    if len(images) > 1:
        raise ValueError(
            f"{name} holds {len(images)} images, such as positions, instead of one "
            f"stack: {shorten_names(images)}. Save each as a file of its own, or all "
            "as a stack"
        )


def tiff_axes(series: Any) -> str:
    """Return the axes of a series of a TIFF, one letter each.

    A single axis that the file does not name is T, unless the last of three axes is so
    short that it must be channels. Several ones are Q, and the user must name them.
    Samples are S if they are colours, K if they are the inks of print (CMYK), A if
    they are grey with alpha, and otherwise C.
    """
    if series.axes == "QYX" and has_channels_last(series.shape):
        return "YXS" if series.shape[-1] in (3, 4) else "YXC"
    axes = str(series.axes).replace("I", UNNAMED_AXIS)
    if axes.count(UNNAMED_AXIS) == 1 and "T" not in axes:
        axes = axes.replace(UNNAMED_AXIS, "T")
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


def assumed_axes_note(series: Any) -> str:
    """Return a sentence if unnamed planes of a TIFF may be channels; else nothing.

    Files do not name the axis if they come from programs that save plain arrays.
    """
    axes, assumed = str(series.axes).replace("I", UNNAMED_AXIS), tiff_axes(series)
    if axes.count(UNNAMED_AXIS) != 1 or set(assumed) & {UNNAMED_AXIS, "C", "S"}:
        return ""
    position = axes.index(UNNAMED_AXIS)
    count = series.shape[position]
    if not 2 <= count <= MAX_AMBIGUOUS:
        return ""
    named = assumed[:position] + "C" + assumed[position + 1 :]
    return (
        f"The file does not say what its {count} pictures are. They were taken for "
        f"planes. If they are channels, use --axes {named} --channel 0 (axes=, "
        "channel=)."
    )


def white_value(series: Any) -> int | None:
    """Return the value that inverts a min-is-white TIFF; None for all others.

    The value is the white one of the file's number of bits, or -1 for signed integers:
    ``pixels ^ value`` has black at 0. Pixels of float and palettes are not inverted.
    """
    page = series.keyframe
    if (
        page.photometric.name != "MINISWHITE"
        or np.dtype(series.dtype).kind not in "biu"
    ):
        return None
    if np.dtype(series.dtype).kind == "i":
        return -1
    return int((1 << int(page.bitspersample)) - 1)


@dataclass(frozen=True, slots=True)
class TiffCalibration:
    """The size of pixels that a TIFF states.

    Attributes
    ----------
    pixel_size : float, optional
        Side of a pixel, in µm; None if it is not stated, not plausible, or pixels are
        not square.
    z_spacing : float, optional
        Distance between the planes of a z stack, in µm; None if it is not stated.
    notes : tuple of str
        A sentence if the size stated is not used.
    """

    pixel_size: float | None = None
    z_spacing: float | None = None
    notes: tuple[str, ...] = ()


def tiff_calibration(file: Any) -> TiffCalibration:
    """Return the size of the pixels of an open TIFF."""
    attributes = pixels_attributes(file.ome_metadata or "")
    if file.is_lsm:
        width, height, spacing = (lsm_voxel_size(file, axis) for axis in "XYZ")
        size, has_unit = square_side(width, height), True
    elif "PhysicalSizeX" in attributes:
        size, has_unit = pixel_side(attributes), True
        spacing = physical_size(attributes, "Z")
    else:
        described = [file.imagej_metadata or {}, *(file.shaped_metadata or ())]
        has_unit = any("unit" in about for about in described)
        size, spacing = resolution_size(file), imagej_spacing(file)
        spacing = physical_size(attributes, "Z") or spacing
    if size is None or is_plausible_size(size, has_unit=has_unit):
        return TiffCalibration(size, spacing)
    return TiffCalibration(None, spacing, (implausible_size_note(size),))


def square_side(width: float | None, height: float | None) -> float | None:
    """Return the width of a pixel; None if it differs from the height by over 1 %."""
    if width is None or height is None or not isclose(width, height, rel_tol=0.01):
        return None
    return width


def lsm_voxel_size(file: Any, axis: str) -> float | None:
    """Return the spacing along an axis of a Zeiss LSM file, in µm."""
    size = float((file.lsm_metadata or {}).get(f"VoxelSize{axis}", 0)) * 1e6
    return size if isfinite(size) and size > 0 else None


def resolution_size(file: Any) -> float | None:
    """Return the side of a pixel by the resolution tags, in µm; None if not stated."""
    tags = file.pages[0].tags
    unit = None
    if "unit" in (file.imagej_metadata or {}):
        unit = imagej_unit(file)
    elif not file.is_imagej and "ResolutionUnit" in tags:
        # Inches are left out: programs write 72 per inch by default.
        in_cm = int(tags["ResolutionUnit"].value) == 3
        unit = MICROMETRES_PER_UNIT["cm"] if in_cm else None
    width, height = (resolution_step(tags.get(f"{axis}Resolution")) for axis in "XY")
    if unit is None or width is None:
        return None
    side = width if height is None else square_side(width, height)
    return None if side is None else side * unit


def resolution_step(tag: Any) -> float | None:
    """Return the length of a pixel in the unit of a resolution tag."""
    if tag is None or not all(tag.value):
        return None
    return float(tag.value[1] / tag.value[0])


def imagej_unit(file: Any) -> float | None:
    """Return the unit of an ImageJ TIFF in µm, or None if it is not known."""
    name = str((file.imagej_metadata or {}).get("unit", ""))
    return MICROMETRES_PER_UNIT.get(name.replace(r"\u00B5", "µ"))


def imagej_spacing(file: Any) -> float | None:
    """Return the distance of planes of an ImageJ TIFF in µm, or None if not stated."""
    spacing = (file.imagej_metadata or {}).get("spacing")
    unit = imagej_unit(file)
    return float(spacing) * unit or None if spacing and unit else None
