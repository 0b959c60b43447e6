"""Tell labels from masks and from images, which also hold whole numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.measure.mask_check import MaskCheck

MIN_PARTS = 3
"""Smallest number of separate parts of a single number that look like a mask."""

MIN_RUNS = 1000
"""Smallest number of runs of equal pixels in rows that look like an image."""

SHORT_RUN = 2.0
"""Runs of an image are shorter than this on average, in pixels."""


def describe_other_content(labels: NDArray[Any]) -> str | None:
    """Return why an array of whole numbers may hold no labels; None if it seems to.

    Parameters
    ----------
    labels : ndarray of int, shape (..., Y, X)
        The middle plane of a stack is looked at.

    Examples
    --------
    >>> square = np.pad(np.ones((4, 4), int), 1)
    >>> labels = np.kron(np.arange(1, 10).reshape(3, 3), square)
    >>> print(describe_other_content(labels))
    None
    >>> describe_other_content((labels > 0) * 255)[:43]
    'Their only number, 255, has 9 separate part'
    """
    if labels.ndim < 2 or not labels.size:
        return None
    planes = labels.reshape(-1, *labels.shape[-2:])
    plane = planes[len(planes) // 2]
    mask = MaskCheck()
    mask.add(plane)
    if mask.is_one_number:
        if mask.parts < MIN_PARTS:
            return None
        return (
            f"Their only number, {mask.number}, has {mask.parts} separate parts, as in "
            "a mask. Give each nucleus its own number first, as with "
            "skimage.measure.label"
        )
    inside = plane > 0
    starts = inside.copy()
    starts[:, 1:] &= plane[:, 1:] != plane[:, :-1]
    runs = int(starts.sum())
    if runs >= MIN_RUNS and np.count_nonzero(inside) < SHORT_RUN * runs:
        used = len(np.unique(plane[inside]))
        if runs > MIN_PARTS * used:
            return (
                f"Their {used} numbers are scattered over {runs} places, as in an "
                "image. Labels have one number per nucleus"
            )
    return None


SWAPPED = "Labels and image may be swapped: the labels come first"
"""What to say if `are_swapped`."""


def are_swapped(labels: Any, images: Any) -> bool:
    """Return whether labels look like an image, and an image like labels.

    Parameters
    ----------
    labels : array
        Only whole numbers of numpy are looked at.
    images : array or dict of str to array

    Examples
    --------
    >>> labels = np.kron(np.arange(9).reshape(3, 3), np.ones((20, 20), int))
    >>> image = np.random.default_rng(0).integers(0, 99, labels.shape)
    >>> are_swapped(image, labels), are_swapped(labels, image)
    (True, False)
    """
    images = [*images.values()] if isinstance(images, Mapping) else [images]
    images = [image for image in images if is_whole_numbers(image)]
    if not images or not is_whole_numbers(labels):
        return False
    return describe_other_content(labels) is not None and any(
        len(np.unique(image)) > 1 and describe_other_content(image) is None
        for image in images
    )


def is_whole_numbers(array: Any) -> bool:
    """Return whether an object is an array of numpy of whole numbers."""
    return isinstance(array, np.ndarray) and array.dtype.kind in "iu"
