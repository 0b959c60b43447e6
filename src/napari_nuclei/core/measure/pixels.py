"""The pixels of every nucleus, grouped by nucleus."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

MAX_TABLE = 10_000_000
"""Largest label for which a table of all numbers is made; larger ones are sorted."""


@dataclass(frozen=True)
class NucleusPixels:
    """The pixels of every nucleus of a plane or a volume.

    Attributes
    ----------
    shape : tuple of int
        Shape of the labels.
    numbers : ndarray of int64, shape (nuclei,)
        Labels of the nuclei, ascending.
    positions : ndarray of int64, shape (pixels,)
        Index of each pixel in the flattened labels, grouped by nucleus in the order of
        `numbers`, and ascending within a nucleus.
    counts : ndarray of int64, shape (nuclei,)
        Number of pixels of each nucleus; may be 0.
    """

    shape: tuple[int, ...]
    numbers: NDArray[np.int64]
    positions: NDArray[np.int64]
    counts: NDArray[np.int64]

    @classmethod
    def of_labels(cls, labels: NDArray[np.integer]) -> NucleusPixels:
        """Return the pixels of all labels but 0."""
        positions = np.flatnonzero(labels)
        inside = labels.ravel()[positions]
        if len(inside) and int(inside.max()) > MAX_TABLE:
            numbers = np.unique(inside)
        else:
            is_used = np.zeros(int(inside.max(initial=0)) + 1, bool)
            is_used[inside] = True
            numbers = np.flatnonzero(is_used)
        return cls.of_positions(labels.shape, numbers, positions, inside)

    @classmethod
    def of_positions(
        cls,
        shape: tuple[int, ...],
        numbers: NDArray[np.integer],
        positions: NDArray[np.int64],
        labels: NDArray[np.integer],
    ) -> NucleusPixels:
        """Group pixels by nucleus.

        Parameters
        ----------
        shape : tuple of int
            Shape of the plane or volume.
        numbers : ndarray of int, shape (nuclei,)
            Labels of the nuclei, ascending.
        positions : ndarray of int64, shape (pixels,)
            Index of each pixel in the flattened plane or volume, ascending.
        labels : ndarray of int, shape (pixels,)
            Label of each of these pixels, one of `numbers`.
        """
        numbers = np.asarray(numbers, np.int64)
        if len(numbers) and int(numbers[-1]) <= MAX_TABLE:
            table = np.zeros(int(numbers[-1]) + 1, np.int32)
            table[numbers] = np.arange(len(numbers), dtype=np.int32)
            rows = table[labels]
        else:
            rows = np.searchsorted(numbers, labels).astype(np.int32)
        counts = np.bincount(rows, minlength=len(numbers)).astype(np.int64)
        order = np.argsort(rows, kind="stable")
        return cls(shape, numbers.astype(np.int64), positions[order], counts)

    def __len__(self) -> int:
        """Return the number of nuclei."""
        return len(self.numbers)

    @cached_property
    def rows(self) -> NDArray[np.intp]:
        """The row of the nucleus of each pixel, shape (pixels,)."""
        return np.repeat(np.arange(len(self)), self.counts)

    @cached_property
    def coordinates(self) -> tuple[NDArray[np.intp], ...]:
        """The index of each pixel along each axis, shape (pixels,) each."""
        return np.unravel_index(self.positions, self.shape)

    def total(self, values: NDArray[np.generic]) -> NDArray[np.float64]:
        """Return the sum over the pixels of each nucleus; 0 where there are none.

        Parameters
        ----------
        values : ndarray of shape (pixels,)
        """
        return self._reduce(np.add, values.astype(np.float64, copy=False), 0.0)

    def smallest(self, values: NDArray[np.generic]) -> NDArray[np.float64]:
        """Return the smallest value of each nucleus; NaN where there are no pixels."""
        return self._reduce(np.minimum, values, np.nan)

    def largest(self, values: NDArray[np.generic]) -> NDArray[np.float64]:
        """Return the largest value of each nucleus; NaN where there are no pixels."""
        return self._reduce(np.maximum, values, np.nan)

    def _reduce(
        self, function: np.ufunc, values: NDArray[np.generic], empty: float
    ) -> NDArray[np.float64]:
        reduced = np.full(len(self), empty)
        has_pixels = self.counts > 0
        if has_pixels.any():
            starts = (np.cumsum(self.counts) - self.counts)[has_pixels]
            reduced[has_pixels] = function.reduceat(values, starts)
        return reduced
