"""The pixels of files that are measured, and whether they fit each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from napari_nuclei.config.warn_user import warn_user
from napari_nuclei.core.errors import ImageWarning
from napari_nuclei.io.checks.pixel_limit import MAX_PIXELS
from napari_nuclei.io.checks.whole_numbers import as_whole_numbers
from napari_nuclei.io.microscopes.scenes import warn_of_other_scenes
from napari_nuclei.io.ome.image_labels import open_labels
from napari_nuclei.io.outlines.read_outlines import is_outline_name, read_outlines
from napari_nuclei.io.readers import open_image, read_image
from napari_nuclei.io.zarr_images import OME_UNITS, is_zarr, spacing_of_slices

MAX_SHIFT = 0.5
"""Largest shift between labels and an image that is not refused, in pixels."""

SIZE_TOLERANCE = 0.01
"""Largest relative difference of pixel sizes that are taken for equal."""


@dataclass(frozen=True, slots=True)
class PixelsOfFile:
    """The pixels of a file, and what it says of its axes.

    Attributes
    ----------
    name : str
        Name of the file.
    pixels : array-like
        A zarr array is not read.
    axes : str
        One letter for each axis.
    pixel_size, z_spacing : float, optional
        In µm.
    origin : dict of str to float
        Position of the first pixel along the axes whose position the file states, in
        µm.
    """

    name: str
    pixels: Any
    axes: str
    pixel_size: float | None
    z_spacing: float | None
    origin: Mapping[str, float] = field(default_factory=dict)


def check_pixel_size(image: PixelsOfFile, labels: PixelsOfFile) -> None:
    """Raise ValueError if an image states another pixel size than the labels."""
    if image.pixel_size is None or labels.pixel_size is None:
        return
    if abs(image.pixel_size / labels.pixel_size - 1) > SIZE_TOLERANCE:
        raise ValueError(
            f"{image.name} has pixels of {image.pixel_size:.4g} µm, the labels have "
            f"pixels of {labels.pixel_size:.4g} µm. Resize one of them, or correct the "
            "pixel size in its file"
        )


def check_position(image: PixelsOfFile, labels: PixelsOfFile) -> None:
    """Raise ValueError if an image states another position than the labels."""
    for axis, first in image.origin.items():
        shift = first - labels.origin.get(axis, first)
        if abs(shift) > MAX_SHIFT * (labels.pixel_size or image.pixel_size or 0):
            raise ValueError(
                f"{image.name} is shifted by {shift:.4g} µm along {axis} against the "
                "labels. Crop both to the same part, or correct the position in a file"
            )


def open_labels_of(
    path: str | Path,
    images: Mapping[str, str | Path],
    *,
    max_pixels: int = MAX_PIXELS,
) -> PixelsOfFile:
    """Open a file of labels, or of outlines.

    Parameters
    ----------
    path : path-like
    images : dict of str to path-like
        Outlines have the size of the first of these images.
    max_pixels : int
        As for `measure_file`.

    Warns
    -----
    ImageWarning
        If outlines are left out, or nothing states the size of their image.
    """
    if not is_outline_name(path):
        return open_pixels(path, labels=True, max_pixels=max_pixels)
    shape, axes = None, None
    first_image = next(iter(images.values()), None)
    if first_image is not None:
        opened = open_pixels(first_image, max_pixels=max_pixels)
        sizes = dict(zip(opened.axes, opened.pixels.shape, strict=True))
        axes = "".join([*(a for a in opened.axes if a not in "YXCS"), "YX"])
        shape = tuple(sizes[axis] for axis in axes)
    outlines = read_outlines(path, shape=shape, axes=axes, max_pixels=max_pixels)
    for note in outlines.notes:
        warn_user(note, ImageWarning)
    return PixelsOfFile(Path(path).name, outlines.labels, outlines.axes, None, None)


def open_pixels(
    path: str | Path, *, labels: bool = False, max_pixels: int = MAX_PIXELS
) -> PixelsOfFile:
    """Open a file; OME-Zarr is not read, other files are.

    Parameters
    ----------
    path : path-like
    labels : bool
        Whether the file holds labels, whose numbers are never inverted.
    max_pixels : int
        Largest number of pixels of a file, as for `read_image`.
    """
    path = Path(path).expanduser()
    if is_zarr(path):
        return open_zarr_pixels(path, labels=labels)
    image = read_image(path, max_pixels=max_pixels)
    warn_of_other_scenes(path.name, image.scenes)
    pixels = image.stored_pixels if labels else image.pixels
    if labels and pixels.dtype == bool:
        raise ValueError(
            f"{path.name} is a mask of one bit. Number the nuclei first, as with "
            "skimage.measure.label"
        )
    if labels:
        pixels = as_whole_numbers(pixels)
    return PixelsOfFile(
        path.name, pixels, image.axes, image.pixel_size, image.z_spacing
    )


def open_zarr_pixels(path: Path, *, labels: bool) -> PixelsOfFile:
    """Open a zarr without reading its pixels; `labels` as for `open_pixels`.

    Raises
    ------
    ValueError
        If nothing names the axes of a stack.
    """
    zarr_image = open_labels(path) if labels else open_image(path)
    axes = zarr_image.axes
    if axes is None and len(zarr_image.pixels.shape) == 2:
        axes = "YX"
    if axes is None:
        raise ValueError(
            f"{path.name} does not name its axes; store it as OME-Zarr or TIFF"
        )
    origin = {
        axis: calibration.origin * OME_UNITS[calibration.unit]
        for axis, calibration in zarr_image.calibrations.items()
        if axis in "ZYX" and calibration.unit in OME_UNITS
    }
    return PixelsOfFile(
        name=path.name,
        pixels=zarr_image.pixels,
        axes=axes,
        pixel_size=zarr_image.pixel_size,
        z_spacing=spacing_of_slices(zarr_image),
        origin=origin,
    )


def split_channels(
    name: str, image: PixelsOfFile, labels: PixelsOfFile
) -> dict[str, Any]:
    """Return the channels of an image by name, with the axes of the labels.

    Raises
    ------
    ValueError
        If the image has another size or other axes than the labels.
    """
    axes, label_axes = image.axes, labels.axes
    sizes = dict(zip(axes, image.pixels.shape, strict=True))
    label_sizes = dict(zip(label_axes, labels.pixels.shape, strict=True))
    plain = {axis: n for axis, n in sizes.items() if axis not in "CS"}
    if plain != label_sizes:
        raise ValueError(
            f"{image.name} and the labels differ: the image has "
            f"{describe_sizes(plain)}, the labels have {describe_sizes(label_sizes)}"
        )
    order = [axis for axis in axes if axis != "C"]
    target = [*label_axes, *("S" if "S" in axes else "")]
    if "C" not in axes:
        if order == target:
            return {name: image.pixels}
        pixels = np.asarray(image.pixels)
        return {name: pixels.transpose([order.index(axis) for axis in target])}
    position, channels = axes.index("C"), {}
    for channel in range(sizes["C"]):
        key = f"{name}_{channel}" if sizes["C"] > 1 else name
        index = (*[slice(None)] * position, channel)
        pixels = np.asarray(image.pixels[index])
        channels[key] = pixels.transpose([order.index(axis) for axis in target])
    return channels


def describe_sizes(sizes: Mapping[str, int]) -> str:
    """Return the sizes of axes in words.

    Examples
    --------
    >>> describe_sizes({"Z": 5, "Y": 64, "X": 32})
    'Z 5, Y 64, X 32'
    """
    return ", ".join(f"{axis} {size}" for axis, size in sizes.items())
