"""Merge nuclei."""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.correct.boxes import LabelBoxes
from napari_nuclei.core.correct.crop import Plane, crop_nuclei
from napari_nuclei.core.correct.delete import numbers_of
from napari_nuclei.core.correct.edit import Edit, Labels

SLIT = np.ones((3, 3), np.uint8)
"""Closing by this window fills gaps of one or two pixels."""


def merge(
    labels: Labels,
    numbers: Iterable[int],
    *,
    plane: Plane = None,
    boxes: LabelBoxes | None = None,
) -> Edit | None:
    """Give several nuclei the number of the largest, and close the slits between them.

    Parameters
    ----------
    labels : ndarray of int, shape (Y, X), (Z, Y, X) or more axes
        Not modified.
    numbers : iterable of int
        Nuclei to merge; numbers without pixels are ignored.
    plane, boxes
        As for `delete`.

    Returns
    -------
    Edit or None
        None if fewer than two of the nuclei have pixels.

    Examples
    --------
    >>> labels = np.array([[4, 4, 4, 0, 2, 2]] * 3)
    >>> edit = merge(labels, [2, 4])
    >>> edit.apply(labels)
    >>> labels[0].tolist()
    [4, 4, 4, 4, 4, 4]
    """
    chosen = numbers_of(numbers)
    crop = crop_nuclei(labels, chosen, plane=plane, boxes=boxes, margin=2)
    if crop is None:
        return None
    areas = {n: int(np.count_nonzero(crop.labels == n)) for n in chosen}
    present = [number for number in chosen if areas[number]]
    if len(present) < 2:
        return None
    largest = max(present, key=lambda number: areas[number])
    union = np.isin(crop.labels, present)
    if crop.labels.ndim == 2:
        bridge = find_slits(crop.labels, present)
    else:
        bridge = np.stack(
            [find_slits(slice_labels, present) for slice_labels in crop.labels]
        )
    after = np.where(union | bridge, largest, crop.labels)
    return crop.edit(after, "merge")


def find_slits(labels: Labels, numbers: Iterable[int]) -> NDArray[np.bool_]:
    """Find background pixels in gaps of one or two pixels between nuclei.

    Parameters
    ----------
    labels : ndarray of int, shape (Y, X)
    numbers : iterable of int
    """
    each = [close(labels == number) for number in numbers]
    closed = close(np.isin(labels, list(numbers)))
    # Dents of a single nucleus stay as they are.
    return np.asarray(closed & ~np.logical_or.reduce(each) & (labels == 0), bool)


def close(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the morphological closing of a mask (Y, X) by `SLIT`."""
    # Padding: OpenCV treats pixels outside as part of the mask when it erodes.
    padded = np.pad(mask.astype(np.uint8), 2)
    closed = cv2.morphologyEx(padded, cv2.MORPH_CLOSE, SLIT)
    return np.asarray(closed[2:-2, 2:-2], bool)
