"""A part of an array that is not read before it is needed."""

from __future__ import annotations

from typing import Any


class LazyCrop:
    """A part of an array, read only when it is asked for.

    Parameters
    ----------
    data : array-like
        numpy, dask or zarr.
    region : tuple of slice
        One an axis, with a start and a stop inside the array and a step above 0.
    """

    def __init__(self, data: Any, region: tuple[slice, ...]) -> None:
        self.data, self.region = data, region
        self.dtype = data.dtype
        self.shape = tuple(len(picked_indices(part)) for part in region)

    def __getitem__(self, index: tuple[int | slice, ...]) -> Any:
        """Read at whole numbers and slices, which is all that a layout asks for."""
        there = tuple(
            compose_index(at, part) for at, part in zip(index, self.region, strict=True)
        )
        return self.data[there]


def picked_indices(part: slice) -> range:
    """Return where a slice with a start and a stop picks."""
    return range(part.start, part.stop, part.step or 1)


def compose_index(at: int | slice, part: slice) -> int | slice:
    """Return what picks `at` of a part out of the whole.

    Examples
    --------
    >>> compose_index(slice(2, 4), slice(10, 20, 3))
    slice(16, 22, 3)
    """
    picked = picked_indices(part)[at]
    if isinstance(picked, int):
        return picked
    return slice(picked.start, picked.stop, picked.step)
