"""Measure labels and images that are files."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_nuclei.config.keywords import suggests_keywords
from napari_nuclei.core.measure.columns import Columns, to_dataframe
from napari_nuclei.core.measure.nuclei import measure_columns
from napari_nuclei.io.checks.pixel_limit import MAX_PIXELS
from napari_nuclei.io.ome.image_labels import open_labels
from napari_nuclei.io.readers import open_image, read_image
from napari_nuclei.io.zarr_images import OME_UNITS, is_zarr

if TYPE_CHECKING:
    import pandas as pd

MAX_SHIFT = 0.5
"""Largest shift between labels and an image that is not refused, in pixels."""

SIZE_TOLERANCE = 0.01
"""Largest difference of pixel sizes that are taken for equal, as a share."""


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
        TIFF, PNG or OME-Zarr of labels, of this or of another program; or what
        `open_pixels` returned for it.
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
        labels = open_pixels(labels, labels=True, max_pixels=max_pixels)
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
        pixel_size = next((one.pixel_size for one in stated if one.pixel_size), None)
    z_spacing = next((one.z_spacing for one in stated if one.z_spacing), None)
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
        if abs(shift) > MAX_SHIFT * (labels.pixel_size or 0):
            raise ValueError(
                f"{image.name} is shifted by {shift:.4g} µm along {axis} against the "
                "labels. Crop both to the same part, or correct the position in a file"
            )


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
        lazy = open_labels(path) if labels else open_image(path)
        depth = lazy.calibrations.get("Z")
        z_spacing = None
        if depth is not None and depth.unit in OME_UNITS:
            z_spacing = depth.spacing * OME_UNITS[depth.unit]
        origin = {
            axis: one.origin * OME_UNITS[one.unit]
            for axis, one in lazy.calibrations.items()
            if axis in "ZYX" and one.unit in OME_UNITS
        }
        axes = lazy.axes
        if axes is None and len(lazy.pixels.shape) == 2:
            axes = "YX"
        if axes is None:
            raise ValueError(
                f"{path.name} does not name its axes; store it as OME-Zarr or TIFF"
            )
        return PixelsOfFile(
            path.name, lazy.pixels, axes, lazy.pixel_size, z_spacing, origin
        )
    image = read_image(path, max_pixels=max_pixels)
    pixels = image.stored_pixels if labels else image.pixels
    if labels and pixels.dtype == bool:
        raise ValueError(
            f"{path.name} is a mask of one bit. Number the nuclei first, as with "
            "skimage.measure.label"
        )
    return PixelsOfFile(
        path.name, pixels, image.axes, image.pixel_size, image.z_spacing
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
    axes, wanted = image.axes, labels.axes
    sizes = dict(zip(axes, image.pixels.shape, strict=True))
    label_sizes = dict(zip(wanted, labels.pixels.shape, strict=True))
    plain = {axis: n for axis, n in sizes.items() if axis not in "CS"}
    if plain != label_sizes:
        raise ValueError(
            f"{image.name} and the labels differ: the image has "
            f"{describe_sizes(plain)}, the labels have {describe_sizes(label_sizes)}"
        )
    order = [axis for axis in axes if axis != "C"]
    target = [*wanted, *("S" if "S" in axes else "")]
    if "C" not in axes:
        if order == target:
            return {name: image.pixels}
        pixels = np.asarray(image.pixels)
        return {name: pixels.transpose([order.index(axis) for axis in target])}
    position, found = axes.index("C"), {}
    for channel in range(sizes["C"]):
        key = f"{name}_{channel}" if sizes["C"] > 1 else name
        index = (*[slice(None)] * position, channel)
        pixels = np.asarray(image.pixels[index])
        found[key] = pixels.transpose([order.index(axis) for axis in target])
    return found


def describe_sizes(sizes: Mapping[str, int]) -> str:
    """Return the sizes of axes in words.

    Examples
    --------
    >>> describe_sizes({"Z": 5, "Y": 64, "X": 32})
    'Z 5, Y 64, X 32'
    """
    return ", ".join(f"{axis} {size}" for axis, size in sizes.items())
