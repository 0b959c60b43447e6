"""Label images as files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.config.keywords import suggests_keywords
from napari_nuclei.config.warn_user import warn_user
from napari_nuclei.core.axes import make_layout
from napari_nuclei.core.errors import ImageWarning
from napari_nuclei.core.measure.check_labels import check_label_type
from napari_nuclei.io.atomic import write_atomic
from napari_nuclei.io.checks.pixel_limit import MAX_PIXELS
from napari_nuclei.io.checks.whole_numbers import as_whole_numbers
from napari_nuclei.io.labelled_image import LabelledImage
from napari_nuclei.io.ome.image_labels import open_labels
from napari_nuclei.io.outlines.read_outlines import is_outline_name, read_outlines
from napari_nuclei.io.readers import read_image
from napari_nuclei.io.writers import find_writers, writer_of_suffix
from napari_nuclei.io.zarr_images import is_zarr

if TYPE_CHECKING:
    import pandas as pd

LABEL_FORMATS = ("labels", "png", "geojson", "rois")

OUTLINE_FORMATS = ("geojson", "rois")
"""Formats that hold outlines, and can hold classes."""


@suggests_keywords
def read_labels(
    path: str | Path,
    *,
    shape: Sequence[int] | None = None,
    axes: str | None = None,
    max_pixels: int = MAX_PIXELS,
) -> NDArray[np.int32]:
    """Read labels from an image file, or from outlines.

    Parameters
    ----------
    path : path-like
        A TIFF or PNG file of whole numbers, one a nucleus, of which `read_image` gives
        the axes and the pixel size. Or OME-Zarr: labels, or an image with labels.
        Or outlines, as `read_outlines` reads them with their measurements: GeoJSON
        (QuPath), or a ``.zip`` file of ImageJ's ROI manager.
    shape : sequence of int, optional
        Shape of the image, which outlines of other programs do not state. By default
        the labels end at the last nucleus, with a warning (`ImageWarning`).
    axes : str, optional
        One letter for each number in `shape`, such as ZYX, of outlines in a stack.
    max_pixels : int
        Largest number of pixels of a file, as for `read_image`.

    Returns
    -------
    ndarray of int32, shape (Y, X) or (..., Y, X)
        0 is background.

    Raises
    ------
    OSError
        If there is no such file or it cannot be read.
    ValueError
        If it holds no labels (colours, fractions, or numbers that int32 cannot hold)
        or too many pixels, or belongs to an image of another shape.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_labels(np.eye(3, dtype=int), f"{folder}/labels.tif")
    ...     read_labels(f"{folder}/labels.tif").tolist()
    [[1, 0, 0], [0, 1, 0], [0, 0, 1]]
    """
    if is_outline_name(path):
        found = read_outlines(path, shape=shape, axes=axes, max_pixels=max_pixels)
        for note in found.notes:
            warn_user(note, ImageWarning)
        return found.labels
    stated: str | None
    if is_zarr(Path(path).expanduser()):
        labels = open_labels(Path(path).expanduser())
        stated, pixels = labels.axes, np.asarray(labels.pixels[...])
    else:
        image = read_image(path, max_pixels=max_pixels)
        stated, pixels = image.axes, as_whole_numbers(image.stored_pixels)
    if "S" in (stated or "") or pixels.dtype.kind not in "biu":
        kind = "colours" if "S" in (stated or "") else str(pixels.dtype)
        raise ValueError(
            f"{Path(path).name} holds {kind}, not labels. Labels are integers, one "
            "number per nucleus"
        )
    lowest, highest = int(pixels.min(initial=0)), int(pixels.max(initial=0))
    if lowest < 0 or highest > np.iinfo(np.int32).max:
        raise ValueError(
            f"{Path(path).name} holds numbers from {lowest} to {highest}. Labels are "
            f"from 0 to {np.iinfo(np.int32).max}"
        )
    if shape is not None and pixels.shape != tuple(shape):
        raise ValueError(
            f"{Path(path).name} has the shape {pixels.shape}, the image {tuple(shape)}"
        )
    return np.asarray(pixels, np.int32)


@suggests_keywords
def write_labels(
    labels: NDArray[np.integer],
    path: str | Path,
    *,
    axes: str | None = None,
    pixel_size: float | None = None,
    z_spacing: float | None = None,
    table: pd.DataFrame | None = None,
    colours: Mapping[str, Sequence[int]] | None = None,
) -> None:
    """Write labels to an image file, or as outlines. A file that exists is replaced.

    Parameters
    ----------
    labels : ndarray of int, shape (Y, X) or as `axes` says
        0 is background.
    path : path-like
        A ``.tif`` file, or a ``.png`` file for a single plane with labels up to 65535;
        a ``.geojson`` file for QuPath, or a ``.zip`` file of regions for ImageJ.
    axes : str, optional
        One letter for each axis, such as TYX or ZYX; needed for a stack. PNG files do
        not state it.
    pixel_size : float, optional
        Side of a pixel, in µm.
    z_spacing : float, optional
        Distance between the planes of a z stack, in µm.
    table : DataFrame, optional
        One row for each nucleus, as `measure` gives it, for outlines. In GeoJSON its
        numbers become measurements; its column `class` becomes the class of a nucleus
        in both formats. By default GeoJSON has the shapes of the nuclei.
    colours : dict of str to sequence of int, optional
        Red, green and blue of classes, 0 to 255, for outlines.

    Raises
    ------
    OSError
        If the file cannot be written.
    TypeError
        If `labels` are not integers.
    ValueError
        If `axes` do not fit `labels`, `path` ends otherwise, the file cannot hold the
        labels or the table, or the table lacks a nucleus.

    Examples
    --------
    >>> write_labels(labels, "labels.tif", pixel_size=0.25)  # doctest: +SKIP
    >>> write_labels(stack, "stack.tif", axes="ZYX", z_spacing=1.0)  # doctest: +SKIP
    >>> write_labels(labels, "a.geojson", table=table)  # doctest: +SKIP
    """
    path = Path(path).expanduser()
    labels = np.asarray(labels)
    if labels.dtype == bool:
        labels = labels.astype(np.uint8)
    check_label_type(labels.dtype)
    if not labels.size:
        raise ValueError(f"labels have no pixels; their shape is {labels.shape}")
    lowest, highest = int(labels.min()), int(labels.max())
    if lowest < 0 or highest > np.iinfo(np.int32).max:
        raise ValueError(
            f"labels must be from 0 to {np.iinfo(np.int32).max}, so that they can be "
            f"read again; got numbers from {lowest} to {highest}. Number them anew, as "
            "with skimage.segmentation.relabel_sequential"
        )
    layout = make_layout(labels.shape, axes or ("YX" if labels.ndim == 2 else None))
    if layout.label_axes != layout.axes:
        raise ValueError(f"axes of labels have no colours or channels; got {axes}")
    writer = writer_of_suffix(path, find_writers(LABEL_FORMATS))
    if writer is None:
        raise ValueError(
            f"Labels are written to .tif, .png, .geojson or .zip; got {path.name}"
        )
    if writer.name not in OUTLINE_FORMATS and (table is not None or colours):
        raise ValueError(
            f"{path.name} cannot hold a table or colours; write outlines (.geojson or "
            ".zip), or the table with write_table"
        )
    writer.check_layout(layout)
    image = LabelledImage(
        labels,
        layout,
        pixel_size,
        z_spacing,
        measure=None if table is None else lambda: table,
        classes=table,
        colours=colours,
    )
    write_atomic(path, writer.encode(image))
