"""Open TIFF files and slides without reading their pixels."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.io.checks.contiguous_pixels import ContiguousPixels
from napari_nuclei.io.checks.source_identity import identify_file, identify_quickly
from napari_nuclei.io.image_files import invert
from napari_nuclei.io.lazy_images import AxisCalibration, LazyImage
from napari_nuclei.io.optional_packages import import_extra
from napari_nuclei.io.tiff_metadata import (
    assumed_axes_note,
    check_single_image,
    list_images,
    tiff_axes,
    tiff_calibration,
    white_value,
)
from napari_nuclei.io.units import implausible_size_note, is_plausible_size
from napari_nuclei.io.zarr_images import ome_attributes


def open_tiff(path: Path) -> LazyImage:
    """Open the first series of a TIFF at full resolution."""
    import tifffile

    import_extra("zarr")  # the error of a missing package comes before others
    try:
        with tifffile.TiffFile(path) as file:
            series, images = file.series[0], list_images(file)
            axes, white = tiff_axes(series), white_value(series)
            axes_note = assumed_axes_note(series)
            calibration = tiff_calibration(file)
            indexed = not file.is_imagej and series.keyframe.colormap is not None
            offset, shape = series.dataoffset, series.shape
            dtype = np.dtype(series.dtype).newbyteorder(file.byteorder)
    except Exception as error:  # a damaged file makes tifffile raise almost anything
        raise make_tiff_error(path, error) from error
    check_single_image(images, path.name)
    if indexed or "K" in axes or "A" in axes:
        raise ValueError(
            f"{path.name} has a palette, inks of print or alpha. Save it as RGB or grey"
        )
    pixels: Any
    if offset is not None:  # not compressed and contiguous
        try:
            pixels = store = ContiguousPixels(path, offset, shape, dtype)
        except Exception as error:
            raise make_tiff_error(path, error) from error
    else:
        pixels, store = open_compressed_tiff(path)
    if white is not None:
        pixels = InvertedPixels(pixels, white)
    calibrations = {}
    if calibration.z_spacing:
        calibrations["Z"] = AxisCalibration(calibration.z_spacing, unit="micrometer")
    return LazyImage(
        pixels=pixels,
        axes=axes,
        pixel_size=calibration.pixel_size,
        identity=identify_file(path),
        path=str(path),
        file=store,
        calibrations=calibrations,
        notes=calibration.notes,
        axes_note=axes_note,
        state=identify_quickly(path),
    )


def open_compressed_tiff(path: Path) -> tuple[Any, Any]:
    """Return the pixels of a TIFF as zarr, at full resolution, and the file to close.

    Raises
    ------
    ValueError
        If the file is damaged.
    """
    import tifffile

    zarr = import_extra("zarr")
    store: Any = None
    try:
        store = tifffile.imread(path, aszarr=True)
        pixels = zarr.open(store, mode="r")
        if hasattr(pixels, "keys"):
            level = ome_attributes(pixels)["multiscales"][0]["datasets"][0]
            pixels = pixels[level["path"]]
    except Exception as error:
        if store is not None:
            store.close()
        raise make_tiff_error(path, error) from error
    return pixels, store


class InvertedPixels:
    """Pixels of a min-is-white TIFF; each part is inverted when it is read.

    Parameters
    ----------
    pixels : array-like
    white : int
        Value of white.
    """

    def __init__(self, pixels: Any, white: int) -> None:
        self.shape, self.dtype, self.ndim = pixels.shape, pixels.dtype, pixels.ndim
        self._pixels, self._white = pixels, white

    def __getitem__(self, index: Any) -> NDArray[Any]:
        """Read a part."""
        return invert(np.asarray(self._pixels[index]), self._white)


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
    notes: tuple[str, ...] = ()
    if size is not None and not is_plausible_size(size, has_unit=False):
        notes = (implausible_size_note(size),)
        size = None
    return LazyImage(
        pixels=pixels,
        axes="YXS",
        pixel_size=size,
        identity=identify_file(path),
        path=str(path),
        file=slide,
        notes=notes,
        state=identify_quickly(path),
    )
