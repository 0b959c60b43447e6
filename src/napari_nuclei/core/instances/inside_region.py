"""Keep the nuclei of a plane whose centres lie in a region."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.maps import FilteredLabels


def filter_inside(
    filtered: FilteredLabels, region: NDArray[np.bool_] | None
) -> FilteredLabels:
    """Leave out the nuclei whose centres lie outside a region, and renumber the rest.

    Parameters
    ----------
    filtered : FilteredLabels
    region : ndarray of bool, shape (Y, X), optional
        None leaves out nothing.
    """
    if region is None or not len(filtered.areas):
        return filtered
    y, x = np.nonzero(filtered.labels)
    numbers = filtered.labels[y, x]
    counts = np.bincount(numbers)[1:]
    centres = [
        np.rint(np.bincount(numbers, axis)[1:] / np.maximum(counts, 1)).astype(int)
        for axis in (y, x)
    ]
    inside = region[tuple(centres)] & (counts > 0)
    new_numbers = np.zeros(len(inside) + 1, np.int32)
    new_numbers[1:][inside] = np.arange(1, np.count_nonzero(inside) + 1)
    return replace(
        filtered,
        labels=new_numbers[filtered.labels],
        areas=filtered.areas[inside],
        confidence=filtered.confidence[inside],
    )
