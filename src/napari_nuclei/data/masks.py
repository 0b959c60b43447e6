"""Convert masks of any kind to instance labels."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.instances.sparse_labels import connected_components
from napari_nuclei.io.image_files import ImageFile


def without_alpha(pixels: NDArray[Any]) -> NDArray[Any]:
    """Drop the alpha channel of pixels with two or four channels."""
    has_alpha = pixels.ndim == 3 and pixels.shape[2] in (2, 4)
    return pixels[..., :-1] if has_alpha else pixels


def labels_from_mask(mask: NDArray[Any], *, lossy: bool = False) -> NDArray[np.int32]:
    """Convert a mask of any kind to instance labels.

    Parameters
    ----------
    mask : ndarray of shape (Y, X) or (Y, X, C)
        A mask with at most two values is binary: each connected component is a nucleus.
        A mask with more values holds instance labels. If the channels differ, each
        colour is a nucleus.
    lossy : bool
        The mask comes from a JPEG file: treat it as binary, with half of its maximum as
        the threshold.

    Returns
    -------
    ndarray of int32, shape (Y, X)

    Raises
    ------
    ValueError
        If values are negative, fractions, NaN or infinite.
    """
    if mask.dtype.kind not in "buif":
        raise ValueError(f"A mask must hold whole numbers; got {mask.dtype}")
    if not np.isfinite(mask).all():
        raise ValueError(
            "A mask must hold whole numbers; it has NaN or infinite values"
        )
    mask = without_alpha(mask)
    if mask.ndim == 3:
        is_grey = (mask == mask[..., :1]).all()
        if is_grey or lossy:
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
            "A mask must be binary or hold one whole number per nucleus; got fractions "
            f"such as {values[1]}"
        )
    if values[0] < 0:
        raise ValueError(f"A mask must not hold negative numbers; got {values[0]}")
    compact = np.searchsorted(values, mask).astype(np.int32)
    return compact if values[0] == 0 else compact + 1


def extract_plane(image: ImageFile, name: str) -> NDArray[Any]:
    """Return the pixels of an image file with a single plane, channels last.

    Raises
    ------
    ValueError
        If the file has more than one plane.
    """
    pixels, axes = image.pixels, image.axes
    if len(axes) == 3 and "C" in axes and pixels.shape[axes.index("C")] in (1, 3, 4):
        pixels = np.moveaxis(pixels, axes.index("C"), -1)
    elif pixels.ndim not in (2, 3) or (pixels.ndim == 3 and axes[-1] != "S"):
        raise ValueError(
            f"{name}: A training image and its mask must be a single plane, (Y, X) or "
            f"(Y, X, RGB); got {pixels.shape} with axes {axes}; save each plane as its "
            "own file"
        )
    return pixels[..., 0] if pixels.ndim == 3 and pixels.shape[2] == 1 else pixels


def read_mask(image: ImageFile, name: str) -> NDArray[np.int32]:
    """Return the instance labels of a mask file, int32 of shape (Y, X).

    Raises
    ------
    ValueError
        If it is not a mask, see `labels_from_mask`.
    """
    # Masks are read as stored: inverting a min-is-white file would change the labels.
    image = replace(image, pixels=image.stored_pixels, white=None)
    pixels, lossy = extract_plane(image, name), name.lower().endswith((".jpg", ".jpeg"))
    try:
        return labels_from_mask(pixels, lossy=lossy)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from error


def merge_masks(
    shape: tuple[int, ...], names: Sequence[str], read: Callable[[str], ImageFile]
) -> NDArray[np.int32]:
    """Combine masks of one nucleus each into instance labels.

    Parameters
    ----------
    shape : tuple of int
        Height and width, in pixels.
    names : sequence of str
        Files of the masks.
    read : callable
        Takes one of `names`, returns its ImageFile.

    Returns
    -------
    ndarray of int32, shape (Y, X)
    """
    labels = np.zeros(shape, np.int32)
    for number, name in enumerate(names, 1):
        file = read(name)
        file = replace(file, pixels=file.stored_pixels, white=None)
        mask = without_alpha(extract_plane(file, name))
        mask = mask.max(axis=-1) if mask.ndim == 3 else mask
        check_size(name, mask, shape)
        labels[mask > 0] = number
    return labels


def check_size(name: str, mask: NDArray[Any], shape: tuple[int, ...]) -> None:
    """Raise ValueError unless a mask has the height and width of its image."""
    if mask.shape != shape:
        raise ValueError(
            f"{name}: The mask must have the height and width of its image, {shape}; "
            f"got {mask.shape}"
        )
