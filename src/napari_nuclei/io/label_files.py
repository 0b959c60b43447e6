"""Label images as files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.axes import make_layout
from napari_nuclei.io.atomic import write_atomic
from napari_nuclei.io.labelled_image import LabelledImage
from napari_nuclei.io.ome.image_labels import open_labels
from napari_nuclei.io.readers import read_image
from napari_nuclei.io.writers import find_writers, writer_of_suffix
from napari_nuclei.io.zarr_images import is_zarr

LABEL_FORMATS = ("labels", "png")


def read_labels(path: str | Path) -> NDArray[np.int32]:
    """Read labels from an image file.

    Parameters
    ----------
    path : path-like
        A TIFF or PNG file of integers, one number a nucleus, of which `read_image`
        gives the axes and the pixel size. Or OME-Zarr: labels, or an image with labels.

    Returns
    -------
    ndarray of int32, shape (Y, X) or (..., Y, X)
        0 is background.

    Raises
    ------
    OSError
        If there is no such file or it cannot be read.
    ValueError
        If it holds no labels: colours, fractions, or numbers that int32 cannot hold.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_labels(np.eye(3, dtype=int), f"{folder}/labels.tif")
    ...     read_labels(f"{folder}/labels.tif").tolist()
    [[1, 0, 0], [0, 1, 0], [0, 0, 1]]
    """
    axes: str | None
    if is_zarr(Path(path).expanduser()):
        labels = open_labels(Path(path).expanduser())
        axes, pixels = labels.axes, np.asarray(labels.pixels[...])
    else:
        image = read_image(path)
        axes, pixels = image.axes, image.stored_pixels
    if "S" in (axes or "") or pixels.dtype.kind not in "biu":
        kind = "colours" if "S" in (axes or "") else str(pixels.dtype)
        raise ValueError(
            f"{Path(path).name} holds no labels but {kind}. Labels are integers, one "
            "number a nucleus"
        )
    lowest, highest = int(pixels.min(initial=0)), int(pixels.max(initial=0))
    if lowest < 0 or highest > np.iinfo(np.int32).max:
        raise ValueError(
            f"{Path(path).name} holds numbers from {lowest} to {highest}. Labels are "
            f"from 0 to {np.iinfo(np.int32).max}"
        )
    return np.asarray(pixels, np.int32)


def write_labels(
    labels: NDArray[np.integer],
    path: str | Path,
    *,
    axes: str | None = None,
    pixel_size: float | None = None,
    z_spacing: float | None = None,
) -> None:
    """Write labels to an image file, which is replaced if it exists.

    Parameters
    ----------
    labels : ndarray of int, shape (Y, X) or as `axes` says
        0 is background.
    path : path-like
        A ``.tif`` file, or a ``.png`` file for a single plane with labels up to 65535.
    axes : str, optional
        One letter for each axis, such as TYX or ZYX; needed for a stack. Only TIFF
        files state it, and what follows.
    pixel_size : float, optional
        Side of a pixel, in µm.
    z_spacing : float, optional
        Distance between the planes of a z stack, in µm.

    Raises
    ------
    OSError
        If the file cannot be written.
    TypeError
        If `labels` are not integers.
    ValueError
        If `axes` do not fit `labels`, `path` ends otherwise, or the file cannot hold
        the labels.

    Examples
    --------
    >>> write_labels(labels, "labels.tif", pixel_size=0.25)  # doctest: +SKIP
    >>> write_labels(stack, "stack.tif", axes="ZYX", z_spacing=1.0)  # doctest: +SKIP
    """
    path = Path(path).expanduser()
    labels = np.asarray(labels)
    if labels.dtype.kind not in "biu":
        raise TypeError(f"labels must be integers; got {labels.dtype}")
    lowest, highest = int(labels.min(initial=0)), int(labels.max(initial=0))
    if lowest < 0 or highest > np.iinfo(np.uint32).max:
        raise ValueError(
            f"labels must be from 0 to {np.iinfo(np.uint32).max}; got numbers from "
            f"{lowest} to {highest}"
        )
    layout = make_layout(labels.shape, axes or ("YX" if labels.ndim == 2 else None))
    if layout.label_axes != layout.axes:
        raise ValueError(f"axes of labels have no colours or channels; got {axes}")
    writer = writer_of_suffix(path, find_writers(LABEL_FORMATS))
    if writer is None:
        raise ValueError(f"Labels are written to .tif or .png; got {path.name}")
    writer.check_layout(layout)
    content = writer.encode(LabelledImage(labels, layout, pixel_size, z_spacing))
    write_atomic(path, content)
