"""Open images without reading their pixels: zarr, OME-Zarr, TIFF and slides."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import isclose
from pathlib import Path
from typing import Any

from napari_nuclei.core.axes import PlaneLayout, make_layout
from napari_nuclei.io.optional_packages import import_extra
from napari_nuclei.io.tiff_metadata import (
    MICROMETRES_PER_UNIT,
    check_single_image,
    count_images,
    tiff_axes,
    tiff_pixel_size,
    tiff_z_spacing,
)

ZARR_METADATA_FILES = ("zarr.json", ".zgroup", ".zarray")

AXIS_LETTERS = {"time": "t", "channel": "c"}
"""Letters for the names of axes in files written by xarray."""

OME_UNITS = {
    "micrometer": 1.0,
    "nanometer": 1e-3,
    "millimeter": 1e3,
    **MICROMETRES_PER_UNIT,
}


@dataclass(frozen=True, slots=True)
class AxisCalibration:
    """The spacing of pixels along an axis.

    Attributes
    ----------
    spacing, origin : float
        Distance between pixels, and position of the first one.
    unit : str, optional
        Unit of both, as OME-Zarr names it.
    """

    spacing: float
    origin: float = 0.0
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class LazyImage:
    """An image whose pixels are read in parts.

    Attributes
    ----------
    pixels : array-like
        Has a shape and a dtype; slices are numpy arrays.
    axes : str, optional
        One letter for each axis; None if the source does not state them.
    pixel_size : float, optional
        Side of a pixel, in µm.
    identity : str
        Differs from that of other images, and changes with the file.
    path : str
        Path of the file; empty for an array.
    file : object, optional
        File to close at the end.
    calibrations : dict of str to AxisCalibration
        Spacing of pixels by the letter of the axis, if the source states it.
    """

    pixels: Any
    axes: str | None
    pixel_size: float | None
    identity: str
    path: str = ""
    file: Any = None
    calibrations: Mapping[str, AxisCalibration] = field(default_factory=dict)

    def close(self) -> None:
        """Close the file, if there is one."""
        if self.file is not None:
            self.file.close()

    def layout(self, axes: str | None, channel: int | None) -> PlaneLayout:
        """Return the layout of planes; `axes` replaces the axes of the source."""
        layout = make_layout(tuple(self.pixels.shape), axes or self.axes, channel)
        if layout.x_before_y:
            raise ValueError(
                f"axes of a large image must have Y before X; got {layout.axes}"
            )
        return layout

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the path if there is one, so that pixels are not copied."""
        if self.path:
            from napari_nuclei.io.readers import reopen_image

            return reopen_image, (self.path, self.identity)
        values = self.pixels, self.axes, self.pixel_size, self.identity
        return LazyImage, (*values, "", None, self.calibrations)


def is_zarr(path: Path) -> bool:
    """Return whether a folder is a zarr array or group."""
    return any((path / mark).is_file() for mark in ZARR_METADATA_FILES)


def identify_file(path: Path) -> str:
    """Return a text that differs between files and changes when a file changes."""
    marks = [path, *(path / mark for mark in ZARR_METADATA_FILES)]
    changed = [os.stat(mark).st_mtime_ns for mark in marks[1:] if mark.is_file()]
    if path.is_file():
        changed = [path.stat().st_size, path.stat().st_mtime_ns]
    return f"{path} {changed}"


def open_zarr_node(path: Path) -> Any:
    """Open a zarr array or group; raise ValueError if it cannot be read."""
    zarr = import_extra("zarr")
    try:
        return zarr.open(path, mode="r")
    except Exception as error:  # damaged metadata make zarr raise almost anything
        raise ValueError(f"{path} is not a zarr that can be read ({error})") from error


def open_zarr(path: Path) -> LazyImage:
    """Open a zarr array, or the full resolution of an OME-Zarr image."""
    node = open_zarr_node(path)
    if not hasattr(node, "keys"):
        names = getattr(node.metadata, "dimension_names", None)
        letters = "".join(
            AXIS_LETTERS.get(n or "", n or "") for n in names or ()
        ).upper()
        axes = letters if len(letters) == node.ndim else None
        return LazyImage(node, axes, None, identify_file(path), str(path))
    attributes = ome_attributes(node)
    if "multiscales" not in attributes and "0" in node:  # written by bioformats2raw
        node = node["0"]
        attributes = ome_attributes(node)
    if "plate" in attributes:
        raise ValueError(
            f"{path} is a plate, not an image. Segment it with segment_plate"
        )
    if "multiscales" not in attributes:
        raise ValueError(f"{path} is a zarr group, but holds no OME-Zarr image")
    image = attributes["multiscales"][0]
    level = image["datasets"][0]
    axes = "".join(a["name"] if isinstance(a, Mapping) else a for a in image["axes"])
    calibrations = read_calibrations(image["axes"], level)
    pixels = node[level["path"]]
    return LazyImage(
        pixels,
        axes.upper(),
        ome_pixel_size(calibrations),
        identify_file(path),
        str(path),
        calibrations=calibrations,
    )


def ome_attributes(group: Any) -> Mapping[str, Any]:
    """Return the OME-Zarr attributes of a group; since version 0.5 under `ome`."""
    attributes: Mapping[str, Any] = group.attrs.asdict()
    found: Mapping[str, Any] = attributes.get("ome", attributes)
    return found


def read_calibrations(
    axes: list[Any], level: Mapping[str, Any]
) -> dict[str, AxisCalibration]:
    """Return the spacing of a level's pixels by axis; empty if it is not stated."""
    transforms = {t["type"]: t for t in level.get("coordinateTransformations", ())}
    spacings = transforms.get("scale", {}).get("scale")
    if spacings is None:
        return {}
    origins = transforms.get("translation", {}).get("translation", [0.0] * len(axes))
    named = [axis if isinstance(axis, Mapping) else {"name": axis} for axis in axes]
    return {
        axis["name"].upper(): AxisCalibration(
            float(spacing), float(origin), axis.get("unit")
        )
        for axis, spacing, origin in zip(named, spacings, origins, strict=True)
    }


def ome_pixel_size(calibrations: Mapping[str, AxisCalibration]) -> float | None:
    """Return the side of a pixel in µm, or None if unknown or pixels are not square."""
    sides = [calibrations[axis] for axis in "YX" if axis in calibrations]
    lengths = [g.spacing * OME_UNITS[g.unit] for g in sides if g.unit in OME_UNITS]
    if len(lengths) != 2 or not isclose(*lengths, rel_tol=0.01):
        return None
    return lengths[1]


def open_tiff(path: Path) -> LazyImage:
    """Open the first series of a TIFF at full resolution."""
    import tifffile

    zarr = import_extra("zarr")
    try:
        with tifffile.TiffFile(path) as file:
            series, images = file.series[0], count_images(file)
            axes, size = tiff_axes(series), tiff_pixel_size(file)
            z_spacing = tiff_z_spacing(file)
            indexed = not file.is_imagej and series.keyframe.colormap is not None
            mapped = series.dataoffset is not None
    except Exception as error:  # a damaged file makes tifffile raise almost anything
        raise make_tiff_error(path, error) from error
    check_single_image(images, path.name)
    if indexed or "K" in axes or "A" in axes:
        raise ValueError(
            f"{path.name} has a palette, inks of print or alpha. Save it as RGB or grey"
        )
    store = None
    try:
        if mapped:  # not compressed and contiguous
            pixels = tifffile.memmap(path, mode="r")
        else:
            store = tifffile.imread(path, aszarr=True)
            pixels = zarr.open(store, mode="r")
        if hasattr(pixels, "keys"):
            level = ome_attributes(pixels)["multiscales"][0]["datasets"][0]
            pixels = pixels[level["path"]]
    except Exception as error:
        if store is not None:
            store.close()
        raise make_tiff_error(path, error) from error
    calibrations = (
        {"Z": AxisCalibration(z_spacing, unit="micrometer")} if z_spacing else {}
    )
    return LazyImage(
        pixels, axes, size, identify_file(path), str(path), store, calibrations
    )


def make_tiff_error(path: Path, error: Exception) -> ValueError:
    """Return the error for a TIFF that cannot be read."""
    return ValueError(f"{path.name} is not a TIFF that can be read ({error})")


def open_slide(path: Path) -> LazyImage:
    """Open a whole-slide image at full resolution."""
    slide = import_extra("tiffslide").TiffSlide(path)
    size = slide.properties.get("tiffslide.mpp-x")
    group = slide.zarr_group
    pixels = group[sorted(group.keys(), key=int)[0]]
    size = None if size is None else float(size)
    return LazyImage(pixels, "YXS", size, identify_file(path), str(path), slide)
