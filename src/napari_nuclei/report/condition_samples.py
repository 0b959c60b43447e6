"""Samples of the nuclei of each condition, and their histograms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

MAX_SAMPLE = 2000
"""Largest number of nuclei of a condition from which a histogram is made."""

BINS = 48
"""Number of bins of a histogram."""

RANGE_PERCENTILES = (0.5, 99.5)
"""Percentiles, over all conditions, between which the bins lie."""


class NucleiSamples:
    """Evenly spaced nuclei of each condition, so that memory stays small.

    Attributes
    ----------
    counts : dict of str to int
        Number of nuclei by condition, those included that are not in the sample.
    """

    def __init__(self) -> None:
        self.counts: dict[str, int] = {}
        self._steps: dict[str, int] = {}
        self._values: dict[str, dict[str, NDArray[np.float32]]] = {}

    def add(self, condition: str, columns: Mapping[str, NDArray[Any]]) -> None:
        """Add the nuclei of an image.

        Parameters
        ----------
        condition : str
            Empty if the image has none.
        columns : dict of str to ndarray of shape (nuclei,)
            Measurements by column; NaN for unknown ones.
        """
        length = max((len(values) for values in columns.values()), default=0)
        if not length:
            return
        self.counts[condition] = self.counts.get(condition, 0) + length
        step = self._steps.setdefault(condition, 1)
        stored = self._values.setdefault(condition, {})
        largest = 0
        for name, values in columns.items():
            new = np.asarray(values[::step], np.float32)
            parts = [stored[name], new] if name in stored else [new]
            stored[name] = np.concatenate(parts)
            largest = max(largest, len(stored[name]))
        while largest > MAX_SAMPLE:
            self._steps[condition] *= 2
            for name, values in stored.items():
                stored[name] = values[::2]
            largest = -(-largest // 2)

    def histograms(self) -> dict[str, dict[str, Any]]:
        """Return a histogram of each column, whose values fit JSON.

        Returns
        -------
        dict of str to dict
            By column: "low" and "high", the limits of the bins, and "counts", the
            numbers of nuclei in the bins by condition. Columns with fewer than two
            different values are left out. Values beyond the limits are in the outer
            bins.
        """
        names = dict.fromkeys(n for stored in self._values.values() for n in stored)
        histograms_of_columns = {}
        for name in names:
            parts = {
                condition: stored[name][np.isfinite(stored[name])]
                for condition, stored in self._values.items()
                if name in stored
            }
            values = np.concatenate([*parts.values()])
            if not len(values):
                continue
            low, high = map(float, np.percentile(values, RANGE_PERCENTILES))
            if not low < high:
                continue
            edges = np.linspace(low, high, BINS + 1)
            counts = {
                condition: np.histogram(np.clip(part, low, high), edges)[0].tolist()
                for condition, part in parts.items()
                if len(part)
            }
            low, high = (float(f"{value:.6g}") for value in (low, high))
            histograms_of_columns[name] = {"low": low, "high": high, "counts": counts}
        return histograms_of_columns
