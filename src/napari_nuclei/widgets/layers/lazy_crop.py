"""Crop an array without reading it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


class LazyCrop:
    """Crop an array; pixels are read when the crop is indexed.

    Parameters
    ----------
    data : array-like
        numpy, dask or zarr array.
    region : tuple of slice
        One slice per axis, with a start and a stop inside the array and a positive
        step.

    Attributes
    ----------
    shape : tuple of int
    dtype : numpy.dtype
    """

    def __init__(self, data: Any, region: tuple[slice, ...]) -> None:
        self.data, self.region = data, region
        self.dtype = data.dtype
        self.shape = tuple(len(slice_indices(part)) for part in region)

    def __getitem__(self, index: tuple[int | slice, ...]) -> Any:
        """Read pixels; `index` holds an integer or a slice for each axis."""
        return self.data[
            tuple(
                compose_index(item, part)
                for item, part in zip(index, self.region, strict=True)
            )
        ]


def slice_indices(part: slice) -> range:
    """Return the indices that a slice with a start and a stop selects."""
    return range(part.start, part.stop, part.step or 1)


def compose_index(index: int | slice, part: slice) -> int | slice:
    """Return the index into the whole axis that equals `index` into a part of it.

    Examples
    --------
    >>> compose_index(slice(2, 4), slice(10, 20, 3))
    slice(16, 22, 3)
    >>> compose_index(1, slice(10, 20, 3))
    13
    """
    selected = slice_indices(part)[index]
    if isinstance(selected, int):
        return selected
    return slice(selected.start, selected.stop, selected.step)


def crop_lazily(
    data: Any, box: tuple[tuple[int, int], ...], strides: Sequence[int]
) -> Any:
    """Return the pixels of an array in a box, not read yet; RGB is not cropped.

    The array itself is returned if the box covers it.
    """
    region = tuple(
        slice(first, stop, stride)
        for (first, stop), stride in zip(box, strides, strict=True)
    )
    region += tuple(slice(0, size, 1) for size in data.shape[len(box) :])
    whole_array = tuple(slice(0, size, 1) for size in data.shape)
    return data if region == whole_array else LazyCrop(data, region)
