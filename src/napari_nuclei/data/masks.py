"""Masks of any kind as instance labels."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.instances.object_pixels import connected_components
from napari_nuclei.io.image_files import ImageFile


def without_alpha(pixels: NDArray[Any]) -> NDArray[Any]:
    """Drop the second channel of two and the fourth of four."""
    has_alpha = pixels.ndim == 3 and pixels.shape[2] in (2, 4)
    return pixels[..., :-1] if has_alpha else pixels


def labels_from_mask(mask: NDArray[Any], *, lossy: bool = False) -> NDArray[np.int32]:
    """Turn a mask of any kind into instance labels.

    Parameters
    ----------
    mask : ndarray of shape (Y, X) or (Y, X, C)
        Binary (at most two values): its components become nuclei. More values:
        instance labels, where colours tell nuclei apart if the channels differ.
    lossy : bool
        The mask comes from a JPEG: it is binary, cut at half of its largest value.

    Returns
    -------
    ndarray of int32, shape (Y, X)

    Raises
    ------
    ValueError
        If there are numbers that cannot be those of nuclei.
    """
    if mask.dtype.kind not in "buif":
        raise ValueError(f"a mask must hold whole numbers; got {mask.dtype}")
    if not np.isfinite(mask).all():
        raise ValueError("a mask has values that are NaN or infinite")
    mask = without_alpha(mask)
    if mask.ndim == 3:
        same = (mask == mask[..., :1]).all()
        if same or lossy:
            mask = mask.max(axis=-1)
        else:
            colours = mask.astype(np.int64)
            mask = (colours[..., 0] << 32) | (colours[..., 1] << 16) | colours[..., 2]
    if lossy:
        return connected_components(mask > mask.max() / 2)
    values = np.unique(mask)
    if len(values) <= 2:
        return connected_components(mask > values[0] if len(values) == 2 else mask > 0)
    if mask.dtype.kind == "f" and not np.array_equal(values, values.astype(np.int64)):
        raise ValueError(
            "a mask must be binary or hold whole numbers, one for each nucleus; got "
            f"fractions such as {values[1]}"
        )
    if values[0] < 0:
        raise ValueError(f"a mask must not hold negative numbers; got {values[0]}")
    compact = np.searchsorted(values, mask).astype(np.int32)
    return compact if values[0] == 0 else compact + 1


def extract_plane(image: ImageFile, name: str) -> NDArray[Any]:
    """Return the pixels of a file that holds one plane, channels last."""
    pixels, axes = image.pixels, image.axes
    if len(axes) == 3 and "C" in axes and pixels.shape[axes.index("C")] in (1, 3, 4):
        pixels = np.moveaxis(pixels, axes.index("C"), -1)
    elif pixels.ndim not in (2, 3) or (pixels.ndim == 3 and axes[-1] != "S"):
        raise ValueError(
            f"{name}: a training image and its mask must be one plane, (Y, X) or (Y, "
            f"X, RGB); got {pixels.shape} with the axes {axes}"
        )
    return pixels[..., 0] if pixels.ndim == 3 and pixels.shape[2] == 1 else pixels


def read_mask(image: ImageFile, name: str) -> NDArray[np.int32]:
    """Return the instance labels in a mask file."""
    pixels, lossy = extract_plane(image, name), name.lower().endswith((".jpg", ".jpeg"))
    try:
        return labels_from_mask(pixels, lossy=lossy)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from error


def merge_masks(
    shape: tuple[int, ...], names: Sequence[str], read: Callable[[str], ImageFile]
) -> NDArray[np.int32]:
    """Lay masks of one nucleus each into one label image."""
    labels = np.zeros(shape, np.int32)
    for number, name in enumerate(names, 1):
        mask = without_alpha(extract_plane(read(name), name))
        mask = mask.max(axis=-1) if mask.ndim == 3 else mask
        check_size(name, mask, shape)
        labels[mask > 0] = number
    return labels


def check_size(name: str, mask: NDArray[Any], shape: tuple[int, ...]) -> None:
    """Raise ValueError if a mask does not cover its image, (Y, X), exactly."""
    if mask.shape != shape:
        raise ValueError(
            f"{name}: the mask must have the image's height and width {shape}; "
            f"got {mask.shape}"
        )
