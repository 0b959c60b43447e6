"""Convert masks of any kind to instance labels."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.instances.sparse_labels import connected_components
from napari_nuclei.data.class_masks import number_parts_of_classes
from napari_nuclei.io.image_files import ImageFile

LABELS, BINARY, SOFT, CLASSES = "labels", "binary", "soft", "classes"
"""Kinds of masks: instance labels; two values; edges with values between the two; a few
numbers that have many parts each."""

MIN_BRIGHT = 0.3
"""Smallest fraction of the brighter half of a mask with smoothed edges that is close to
the largest value."""

MIN_STEPS = 6
"""Smallest number of values of a mask with smoothed edges."""

FLAT_FRACTION = 0.25
"""If a larger fraction of the values between the smallest and the largest one lies in
areas of equal values, the mask holds instance labels."""


@dataclass(frozen=True, slots=True)
class ConvertedMask:
    """Instance labels, and the kind of the mask that they come from.

    Attributes
    ----------
    labels : ndarray of int32
        Of the shape of the mask without channels; 0 is background.
    kind : str
        `LABELS`, `BINARY`, `SOFT` or `CLASSES`. Of the latter three, connected parts
        are the nuclei, so nuclei that touch count as one.
    """

    labels: NDArray[np.int32]
    kind: str


def without_alpha(pixels: NDArray[Any]) -> NDArray[Any]:
    """Drop the alpha channel of pixels with two or four channels."""
    has_alpha = pixels.ndim == 3 and pixels.shape[2] in (2, 4)
    return pixels[..., :-1] if has_alpha else pixels


def convert_mask(mask: NDArray[Any], *, lossy: bool = False) -> ConvertedMask:
    """Convert a mask of any kind to instance labels.

    Files, arrays, layers and evaluation all use this function.

    Parameters
    ----------
    mask : ndarray of shape (Y, X) or (Y, X, C)
        See `number_nuclei` for the values. If the channels differ, each colour is a
        nucleus.
    lossy : bool
        The mask comes from a JPEG file: treat it as binary, with half of its maximum as
        the threshold.

    Returns
    -------
    ConvertedMask

    Raises
    ------
    ValueError
        If values are negative, fractions above 1, NaN or infinite.
    """
    check_numbers(mask)
    mask = without_alpha(mask)
    if mask.ndim == 3:
        is_grey = (mask == mask[..., :1]).all()
        if is_grey or lossy:
            mask = mask.max(axis=-1)
        else:
            colours = mask.astype(np.int64)
            mask = (colours[..., 0] << 32) | (colours[..., 1] << 16) | colours[..., 2]
    if lossy:
        return ConvertedMask(connected_parts(mask > mask.max() / 2), BINARY)
    return number_nuclei(mask)


def number_nuclei(mask: NDArray[Any]) -> ConvertedMask:
    """Convert an array of any number of axes, without channels, to instance labels.

    Parameters
    ----------
    mask : ndarray of shape (..., Y, X)
        With at most two values (bool, 0 and 1, 0 and 255) it is binary: each connected
        part is a nucleus. Fractions from 0 to 1, and the steps between 0 and 255 at the
        edges of a resized mask, are cut at half of the largest value, and connected
        parts are the nuclei. So are the parts of each number of a plane in which a few
        numbers have many parts each: classes. Any other array holds instance labels.

    Returns
    -------
    ConvertedMask

    Raises
    ------
    ValueError
        If values are negative, fractions above 1, NaN or infinite, or if they stand for
        parts of nuclei, such as inside and border.

    Examples
    --------
    >>> number_nuclei(np.array([[255, 255, 0, 255]], np.uint8)).labels.tolist()
    [[1, 1, 0, 2]]
    >>> number_nuclei(np.array([[1, 1, 0, 4]])).kind
    'labels'
    """
    check_numbers(mask)
    values = np.unique(mask)
    if values.dtype.kind != "b" and len(values) and values[0] < 0:
        raise ValueError(f"A mask must not hold negative numbers; got {values[0]}")
    if len(values) <= 2:
        foreground = mask > values[0] if len(values) == 2 else mask > 0
        return ConvertedMask(connected_parts(foreground), BINARY)
    if mask.dtype.kind == "f" and not np.array_equal(values, np.trunc(values)):
        if values[-1] <= 1:
            check_not_scaled(mask)
            return ConvertedMask(connected_parts(mask >= 0.5), SOFT)
        fractions = values[values != np.trunc(values)]
        raise ValueError(
            "A mask must be binary or hold one whole number per nucleus; got fractions "
            f"such as {fractions[0]}"
        )
    if has_soft_edges(mask, values):
        return ConvertedMask(connected_parts(mask >= values[-1] / 2), SOFT)
    compact = np.searchsorted(values, mask).astype(np.int32)
    parts = number_parts_of_classes(compact)
    if parts is not None:
        return ConvertedMask(parts, CLASSES)
    return ConvertedMask(compact if values[0] == 0 else compact + 1, LABELS)


def check_numbers(mask: NDArray[Any]) -> None:
    """Raise ValueError unless an array holds finite real numbers."""
    if mask.dtype.kind not in "buif":
        raise ValueError(f"A mask must hold whole numbers; got {mask.dtype}")
    if mask.dtype.kind == "f" and not np.isfinite(mask).all():
        raise ValueError(
            "A mask must hold whole numbers; it has NaN or infinite values"
        )


def check_not_scaled(mask: NDArray[Any]) -> None:
    """Raise ValueError if fractions are instance labels divided by a number."""
    if mask.ndim != 2:
        return
    flat = is_flat(mask, (mask > 0.02) & (mask < 0.98))
    if flat.any():
        raise ValueError(
            "A mask of fractions must be a probability, but this one has areas of "
            f"equal fractions such as {mask[flat][0]:.3g}, like instance labels that "
            "were divided by a number; pass the labels as whole numbers"
        )


def connected_parts(mask: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Return the connected parts of a mask, numbered from 1; corners connect too."""
    if mask.ndim == 2:
        return connected_components(np.ascontiguousarray(mask))
    from scipy.ndimage import generate_binary_structure, label

    everywhere = generate_binary_structure(mask.ndim, mask.ndim)
    return np.asarray(label(mask, everywhere)[0], np.int32)


def has_soft_edges(mask: NDArray[Any], values: NDArray[Any]) -> bool:
    """Return whether a mask is a binary one whose edges were smoothed by resizing.

    Much of the foreground is close to its largest value, 255 or 65535, and the values
    between change from pixel to pixel.

    Parameters
    ----------
    mask : ndarray of shape (..., Y, X)
    values : ndarray
        Its values, ascending.
    """
    if mask.ndim != 2 or values[0] != 0 or values[-1] not in (255, 65535):
        return False
    bright = np.count_nonzero(mask > 0.9 * values[-1])
    inside = np.count_nonzero(mask > 0.5 * values[-1])
    if len(values) < MIN_STEPS or bright < MIN_BRIGHT * inside:
        return False
    between = (mask > 0) & (mask < values[-1])
    return not is_flat(mask, between).any()


def is_flat(mask: NDArray[Any], between: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which pixels of `between` lie in areas of equal values.

    All are False if they are few: labels are the same all over a nucleus, but a
    probability changes from pixel to pixel.

    Parameters
    ----------
    mask : ndarray of shape (Y, X)
    between : ndarray of bool, shape (Y, X)
    """
    plane, window = mask.astype(np.float32), np.ones((3, 3), np.uint8)
    flat = between & (cv2.dilate(plane, window) == cv2.erode(plane, window))
    if np.count_nonzero(flat) <= FLAT_FRACTION * np.count_nonzero(between):
        return np.zeros_like(flat)
    return np.asarray(flat, np.bool_)


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


def read_mask(image: ImageFile, name: str) -> ConvertedMask:
    """Return the instance labels of a mask file, int32 of shape (Y, X), and its kind.

    Raises
    ------
    ValueError
        If it is not a mask, see `convert_mask`.
    """
    # Masks are read as stored: inverting a min-is-white file would change the labels.
    image = replace(image, pixels=image.stored_pixels, white=None)
    pixels, lossy = extract_plane(image, name), name.lower().endswith((".jpg", ".jpeg"))
    try:
        return convert_mask(pixels, lossy=lossy)
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
