"""Measure labels and images that are files."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_nuclei.config.keywords import suggests_keywords
from napari_nuclei.config.warn_user import warn_user
from napari_nuclei.core.axes import make_layout
from napari_nuclei.core.errors import ImageWarning
from napari_nuclei.core.instances.other_content import (
    SWAPPED,
    are_swapped,
    describe_other_content,
)
from napari_nuclei.core.measure.columns import Columns, to_dataframe
from napari_nuclei.core.measure.mask_check import class_note
from napari_nuclei.core.measure.nuclei import measure_columns
from napari_nuclei.core.measure.voxels import VoxelSize
from napari_nuclei.io.checks.pixel_limit import MAX_PIXELS
from napari_nuclei.scale.tables.pixels_of_file import (
    PixelsOfFile,
    check_pixel_size,
    check_position,
    open_labels_of,
    open_pixels,
    split_channels,
)

if TYPE_CHECKING:
    import pandas as pd


@suggests_keywords
def measure_file(
    labels: str | Path | PixelsOfFile,
    images: Mapping[str, str | Path] | None = None,
    *,
    pixel_size: float | None = None,
    ring: tuple[float | str, float | str] | None = None,
    background: float | None = None,
    stains: Sequence[str] = (),
    properties: Sequence[str] | None = None,
    axes: str | None = None,
    joined: bool | None = None,
    check: Callable[[], object] = lambda: None,
    max_pixels: int = MAX_PIXELS,
) -> pd.DataFrame:
    """Measure the nuclei of a file of labels in the images of other files.

    Parameters
    ----------
    labels : path-like, or PixelsOfFile
        TIFF, PNG or OME-Zarr of labels, of this or of another program, or outlines:
        GeoJSON (QuPath), or a zip file of ImageJ's regions. Or what `open_labels_of`
        returned for it.
    images : dict of str to path-like, optional
        Image files by name. Each channel of an image with several is an image of its
        own: `<name>_0`, `<name>_1` and so on.
    pixel_size : float, optional
        Side of a pixel, in µm; by default what the labels or an image state.
    ring, background, stains, properties
        As for `measure`.
    axes : str, optional
        One letter for each axis of the labels, such as ZYX, if the file does not name
        them or names others. Images of the same shape have the same axes.
    joined, check
        As for `measure`.
    max_pixels : int
        Largest number of pixels of a file, as for `read_image`.

    Returns
    -------
    DataFrame
        As from `measure`.

    Raises
    ------
    OSError
        If a file cannot be read.
    ValueError
        If a file holds no labels, an image has another size, other axes or another
        pixel size than the labels, or a setting does not fit.

    Warns
    -----
    ImageWarning
        If the file seems to hold a mask, classes or an image instead of labels.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> from napari_nuclei import write_labels
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_labels(np.eye(3, dtype=int), f"{folder}/labels.tif")
    ...     measure_file(f"{folder}/labels.tif", properties="area")["area"].tolist()
    [3.0]
    """
    if not isinstance(labels, PixelsOfFile):
        labels = open_labels_of(labels, images or {}, max_pixels=max_pixels)
    columns, _ = measure_file_columns(
        labels,
        images,
        pixel_size=pixel_size,
        ring=ring,
        background=background,
        stains=stains,
        axes=axes,
        joined=joined,
        max_pixels=max_pixels,
        check=check,
    )
    return to_dataframe(columns, properties)


def measure_file_columns(
    labels: PixelsOfFile,
    images: Mapping[str, str | Path] | None = None,
    *,
    pixel_size: float | None = None,
    ring: tuple[float | str, float | str] | None = None,
    background: float | None = None,
    stains: Sequence[str] = (),
    axes: str | None = None,
    joined: bool | None = None,
    max_pixels: int = MAX_PIXELS,
    check: Callable[[], object] = lambda: None,
) -> tuple[Columns, float | None]:
    """Return all measurements of the nuclei of a file, and the side of a pixel in µm.

    Parameters and errors are as for `measure_file`.
    """
    if axes is not None:
        labels = name_axes(labels, axes)
    check_holds_labels(labels)
    content = None
    if isinstance(labels.pixels, np.ndarray):
        content = describe_other_content(labels.pixels)
    opened = {
        name: open_pixels(path, max_pixels=max_pixels)
        for name, path in (images or {}).items()
    }
    if axes is not None:
        shape = labels.pixels.shape
        opened = {
            name: name_axes(image, axes) if image.pixels.shape == shape else image
            for name, image in opened.items()
        }
    arrays: dict[str, Any] = {}
    for name, image in opened.items():
        if pixel_size is None:
            check_pixel_size(image, labels)
        check_position(image, labels)
        arrays |= split_channels(name, image, labels)
    files = [labels, *opened.values()]
    if pixel_size is None:
        pixel_size = next(filter(None, (file.pixel_size for file in files)), None)
    z_spacing = next(filter(None, (file.z_spacing for file in files)), None)
    columns = measure_columns(
        labels.pixels,
        arrays,
        axes=labels.axes,
        pixel_size=voxel_size(pixel_size, z_spacing),
        ring=ring,
        background=background,
        stains=stains,
        joined=joined,
        check=check,
    )
    # Classes of nuclei show in the table only.
    content = content or class_note(columns.get("solidity", []))
    if content:
        warn_user(f"{labels.name} may hold no labels. {content}", ImageWarning)
        if are_swapped(labels.pixels, {n: image.pixels for n, image in opened.items()}):
            warn_user(SWAPPED, ImageWarning)
    return columns, pixel_size


def check_holds_labels(file: PixelsOfFile) -> None:
    """Raise ValueError if a file has channels, colours or fractions."""
    axes, dtype = file.axes, file.pixels.dtype
    if "S" in axes or "C" in axes or dtype.kind not in "iub":
        raise ValueError(
            f"{file.name} holds an image, not labels ({axes}, {dtype}). Labels "
            "are integers, one number per nucleus"
        )


def voxel_size(pixel_size: float | None, z_spacing: float | None) -> VoxelSize | None:
    """Return the sides of a voxel along Z, Y and X, or of a pixel, in µm."""
    if pixel_size is None or z_spacing is None:
        return pixel_size
    return z_spacing, pixel_size, pixel_size


def name_axes(image: PixelsOfFile, axes: str) -> PixelsOfFile:
    """Return a file with the axes that the caller names.

    Raises
    ------
    TypeError, ValueError
        If they do not fit its shape.
    """
    try:
        layout = make_layout(tuple(image.pixels.shape), axes)
    except ValueError as error:
        raise ValueError(f"{image.name}: {error}") from error
    return replace(image, axes=layout.axes)
