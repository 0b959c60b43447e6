"""Measure labels and images that are files."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from napari_nuclei.config.keywords import suggests_keywords
from napari_nuclei.core.measure.columns import Columns, to_dataframe
from napari_nuclei.core.measure.nuclei import measure_columns
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
    ring, background, stains, properties, joined, check
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
    joined: bool | None = None,
    max_pixels: int = MAX_PIXELS,
    check: Callable[[], object] = lambda: None,
) -> tuple[Columns, float | None]:
    """Return all measurements of the nuclei of a file, and the side of a pixel in µm.

    Parameters and errors are as for `measure_file`.
    """
    axes, dtype = labels.axes, labels.pixels.dtype
    if "S" in axes or "C" in axes or dtype.kind not in "iub":
        raise ValueError(
            f"{labels.name} holds no labels but an image ({axes}, {dtype}). Labels "
            "are integers, one number a nucleus"
        )
    opened = {
        name: open_pixels(path, max_pixels=max_pixels)
        for name, path in (images or {}).items()
    }
    arrays: dict[str, Any] = {}
    for name, image in opened.items():
        if pixel_size is None:
            check_pixel_size(image, labels)
        check_position(image, labels)
        arrays |= split_channels(name, image, labels)
    stated = [labels, *opened.values()]
    if pixel_size is None:
        pixel_size = next(
            (source.pixel_size for source in stated if source.pixel_size), None
        )
    z_spacing = next((source.z_spacing for source in stated if source.z_spacing), None)
    voxel: float | tuple[float, float, float] | None = pixel_size
    if pixel_size is not None and z_spacing is not None:
        voxel = (z_spacing, pixel_size, pixel_size)
    columns = measure_columns(
        labels.pixels,
        arrays,
        axes=axes,
        pixel_size=voxel,
        ring=ring,
        background=background,
        stains=stains,
        joined=joined,
        check=check,
    )
    return columns, pixel_size
