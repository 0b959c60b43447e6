"""The Z' factor: how well an assay separates its controls."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

SOURCE = (
    "Zhang JH, Chung TDY, Oldenburg KR (1999). A simple statistical parameter for use "
    "in evaluation and validation of high throughput screening assays. Journal of "
    "Biomolecular Screening 4(2), 67-73"
)
"""Where the formula is from."""


@dataclass(frozen=True, slots=True)
class ZPrime:
    """The Z' factor of a column, and the controls that it was computed from.

    Attributes
    ----------
    value : float, optional
        1 or less. None if a control has fewer than two values, or their means are
        equal.
    positive, negative : tuple of (float, float, int)
        Mean, standard deviation and number of values of each control. The deviation of
        fewer than two values is NaN.
    """

    value: float | None
    positive: tuple[float, float, int]
    negative: tuple[float, float, int]

    @property
    def rating(self) -> str:
        """What the value means, in the words of its source."""
        if self.value is None:
            return "not computed"
        if self.value >= 0.5:
            return "excellent assay"
        return "marginal assay" if self.value > 0 else "no separation"


def z_prime(positive: Sequence[float], negative: Sequence[float]) -> ZPrime:
    """Return the Z' factor, 1 - 3 (sd of positive + sd of negative) / |difference|.

    The difference is that of the means; the formula is of Zhang et al. (1999).

    Parameters
    ----------
    positive, negative : sequence of float
        Values of the wells of each control.

    Examples
    --------
    >>> round(z_prime([10, 11, 9], [1, 1.5, 0.5]).value, 3)
    0.5
    """
    sides = [describe(values) for values in (positive, negative)]
    difference = abs(sides[0][0] - sides[1][0])
    spread = sides[0][1] + sides[1][1]
    value = None
    if difference > 0 and math.isfinite(spread):
        value = 1 - 3 * spread / difference
    return ZPrime(value, sides[0], sides[1])


def describe(values: Sequence[float]) -> tuple[float, float, int]:
    """Return mean, standard deviation of the sample, and number of values."""
    count = len(values)
    mean = fmean(values) if count else math.nan
    return mean, stdev(values) if count > 1 else math.nan, count
