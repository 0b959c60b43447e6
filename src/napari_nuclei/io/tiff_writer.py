"""Encode labels and images as TIFF files."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.io.origin import SIGNATURE

IMAGEJ_AXES = "TZCYXS"


def encode_labels_tiff(
    labels: NDArray[np.integer],
    axes: str,
    pixel_size: float | None,
    z_spacing: float | None = None,
) -> bytes:
    """Return labels as the bytes of a TIFF file.

    Parameters
    ----------
    labels : ndarray of int
    axes : str
        One letter for each axis.
    pixel_size, z_spacing : float, optional
        Side of a pixel and distance between the planes of a z stack, in µm.

    Returns
    -------
    bytes
        The pixels are uint16 if all labels fit, otherwise uint32.
    """
    fits = int(labels.max(initial=0)) < 1 << 16
    labels = labels.astype(np.uint16 if fits else np.uint32)
    return encode_image_tiff(labels, axes, pixel_size, z_spacing)


def encode_image_tiff(
    pixels: NDArray[Any],
    axes: str,
    pixel_size: float | None,
    z_spacing: float | None = None,
    *,
    software: str = SIGNATURE,
) -> bytes:
    """Return an image as the bytes of a TIFF file.

    Parameters
    ----------
    pixels : ndarray
    axes : str
        One letter for each axis.
    pixel_size, z_spacing : float, optional
        Side of a pixel and distance between the planes of a z stack, in µm.
    software : str
        Name of the program that made the image.

    Returns
    -------
    bytes
        An ImageJ TIFF if its axes and type allow it, otherwise a plain, compressed one.
        Both state the axes.
    """
    import tifffile

    file = io.BytesIO()
    options = tiff_options(pixels.dtype, axes, pixel_size, z_spacing, software=software)
    tifffile.imwrite(file, pixels, **options)
    return file.getvalue()


def tiff_options(
    dtype: Any,
    axes: str,
    pixel_size: float | None,
    z_spacing: float | None = None,
    *,
    compressed: bool = False,
    software: str = SIGNATURE,
) -> dict[str, Any]:
    """Return the arguments of `tifffile.imwrite` for an image, except its pixels.

    Parameters
    ----------
    dtype : dtype
        Of the pixels.
    axes, pixel_size, z_spacing, software
        As for `encode_image_tiff`.
    compressed : bool
        Write a compressed TIFF, also where ImageJ's kind, which is not, could hold it.
    """
    ordered = "".join(a for a in IMAGEJ_AXES if a in axes) == axes
    imagej = ordered and dtype in (np.uint8, np.uint16, np.float32) and not compressed
    metadata: dict[str, Any] = {"axes": axes}
    resolution = None
    if pixel_size is not None:
        # ImageJ reads pixels per unit and the unit's name, others pixels per cm.
        per_unit = 1 / pixel_size if imagej else 1e4 / pixel_size
        resolution = (per_unit, per_unit)
        metadata["unit"] = "um"
        if z_spacing is not None and "Z" in axes:
            metadata["spacing"] = z_spacing
    return {
        "imagej": imagej,
        "photometric": "rgb" if axes.endswith("S") else "minisblack",
        "metadata": metadata,
        "resolution": resolution,
        "resolutionunit": None if imagej or resolution is None else "CENTIMETER",
        "compression": None if imagej else "zlib",
        "software": software,
    }
