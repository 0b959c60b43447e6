"""Statistics of an image over the pixels of every nucleus."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.measure.columns import STATISTICS, Columns
from napari_nuclei.core.measure.pixels import NucleusPixels

NUCLEI_PER_CHECK = 1000
"""Number of nuclei between two calls of `check`."""


def measure_intensities(
    name: str,
    values: NDArray[Any],
    pixels: NucleusPixels,
    *,
    background: float = 0.0,
    check: Callable[[], object] = lambda: None,
) -> Columns:
    """Measure the statistics of one image in every nucleus.

    Parameters
    ----------
    name : str
        Beginning of the names of the columns.
    values : ndarray, shape (pixels,)
        Intensity of each pixel of `pixels`. NaN is left out.
    pixels : NucleusPixels
    background : float
        Intensity that is subtracted from every pixel.
    check : callable
        Called from time to time; raise an exception in it to stop.

    Returns
    -------
    dict of str to ndarray of float64
        `<name>_mean`, `_sum`, `_std` (population), `_min`, `_max`, `_median`; NaN for a
        nucleus without pixels, with a sum of 0. `<name>_nan` is the number of pixels
        that are NaN, if there are any.
    """
    nan_counts: Columns = {}
    if values.dtype.kind == "f" and (is_nan := np.isnan(values)).any():
        nan_counts[f"{name}_nan"] = pixels.total(is_nan).astype(np.int64)
        pixels = replace(
            pixels,
            positions=pixels.positions[~is_nan],
            counts=pixels.counts - nan_counts[f"{name}_nan"],
        )
        values = values[~is_nan]
    total = pixels.total(values)
    with np.errstate(invalid="ignore"):
        mean = total / pixels.counts
    lowest, median, highest = order_statistics(values, pixels.counts, check)
    statistics = {
        "mean": mean - background,
        "sum": total - background * pixels.counts,
        "std": standard_deviation(values, total, pixels),
        "min": lowest - background,
        "max": highest - background,
        "median": median - background,
    }
    return {f"{name}_{key}": statistics[key] for key in STATISTICS} | nan_counts


def standard_deviation(
    values: NDArray[Any], total: NDArray[np.float64], pixels: NucleusPixels
) -> NDArray[np.float64]:
    """Return the standard deviation (population) of the pixels of each nucleus.

    Parameters
    ----------
    values : ndarray, shape (pixels,)
    total : ndarray of float64, shape (nuclei,)
        Sum of the values of each nucleus.
    pixels : NucleusPixels
    """
    with np.errstate(invalid="ignore"):
        mean = total / pixels.counts
        if values.dtype.kind in "iu" and values.dtype.itemsize <= 2:
            # The sums are exact, so that their difference is.
            squares = pixels.total(np.square(values, dtype=np.float64))
            return (
                np.sqrt(np.maximum(squares * pixels.counts - total**2, 0))
                / pixels.counts
            )
        deviations = values.astype(np.float64) - np.repeat(mean, pixels.counts)
        return np.sqrt(pixels.total(deviations**2) / pixels.counts)


def order_statistics(
    values: NDArray[Any],
    counts: NDArray[np.int64],
    check: Callable[[], object] = lambda: None,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return the minimum, the median and the maximum of each group of values.

    Parameters
    ----------
    values : ndarray, shape (sum of counts,)
        Values, one group after another.
    counts : ndarray of int, shape (groups,)
        Length of each group; the statistics of an empty group are NaN.
    check : callable
        Called from time to time.
    """
    ordered = values.copy()
    ends = np.cumsum(counts)
    # Sorting many short slices is quicker than sorting all pixels by two keys.
    start = 0
    for number, end in enumerate(ends.tolist()):
        if number % NUCLEI_PER_CHECK == 0:
            check()
        ordered[start:end].sort()
        start = end
    has_pixels = counts > 0
    first, size = (ends - counts)[has_pixels], counts[has_pixels]

    def at(offset: NDArray[np.int64]) -> NDArray[np.float64]:
        statistic = np.full(len(counts), np.nan)
        statistic[has_pixels] = ordered[first + offset]
        return statistic

    median = (at((size - 1) // 2) + at(size // 2)) / 2
    return at(np.zeros_like(size)), median, at(size - 1)
