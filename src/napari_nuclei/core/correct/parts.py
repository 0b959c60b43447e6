"""Number the parts into which a nucleus is split."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.correct.crop import Crop
from napari_nuclei.core.correct.edit import Edit
from napari_nuclei.core.correct.numbers import check_number, next_label


def number_parts(
    crop: Crop, parts: NDArray[np.integer], new: int | None
) -> Edit | None:
    """Return the edit that gives each part of a nucleus its own number.

    The largest part retains the number of the nucleus.

    Parameters
    ----------
    crop : Crop
    parts : ndarray of int, of the shape of the crop
        Parts of the nucleus, numbered from 1; 0 outside.
    new : int, optional
        Number of the second largest part; further parts count on from it. By default
        one above the largest number of the labels array.

    Returns
    -------
    Edit or None
        None if there are fewer than two parts.
    """
    areas = np.bincount(parts.ravel())
    areas[0] = 0
    order = [int(i) for i in np.argsort(-areas, kind="stable") if areas[i]]
    if len(order) < 2:
        return None
    first = next_label(crop.source) if new is None else int(new)
    created = [first + i for i in range(len(order) - 1)]
    for lowest_or_highest in (created[0], created[-1]):
        check_number(crop.source, lowest_or_highest)
    after = crop.labels.copy()
    for part, part_number in zip(order[1:], created, strict=True):
        after[parts == part] = part_number
    return crop.edit(after, "split", created)


def spread_to_mask(
    markers: NDArray[np.integer],
    mask: NDArray[np.bool_],
    spacing: Sequence[float] | None = None,
) -> NDArray[np.int32]:
    """Assign each pixel of a mask to the nearest marker.

    Parameters
    ----------
    markers : ndarray of int
        0 where there is no marker; at least one marker.
    mask : ndarray of bool, of the same shape
    spacing : sequence of float, optional
        Size of a pixel along each axis; 1 by default.
    """
    from scipy.ndimage import distance_transform_edt

    nearest = distance_transform_edt(
        markers == 0, spacing, return_distances=False, return_indices=True
    )
    spread: NDArray[np.int32] = np.where(mask, markers[tuple(nearest)], 0)
    return spread.astype(np.int32)
