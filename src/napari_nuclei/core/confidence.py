"""Turn the mean foreground probability of a nucleus into a calibrated confidence.

A network is more certain of its pixels than it is right about whole nuclei. A logistic
curve, fitted on validation images, turns the mean foreground probability of a nucleus
into the probability that the nucleus is right: that it matches an annotated one at an
IoU of at least 0.5 (Platt, "Probabilistic outputs for support vector machines", 1999).
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

EPSILON = 1e-3
"""Distance from 0 and 1 at which a mean foreground probability is limited."""

ROUNDING = 1e-6
"""Tolerance of a minimum confidence against the rounding of the logistic curve."""


@dataclass(frozen=True, slots=True)
class ConfidenceCurve:
    """The logistic curve of one kind of image, and the accuracy of its counts.

    Attributes
    ----------
    intercept, slope : float
        The logit of the confidence is ``intercept + slope * logit(mean)``, where the
        mean is that of the foreground probability. The slope is above 0.
    count_low, count_high : float
        In 9 of 10 validation images the annotated number of nuclei lies between the
        number found plus these multiples of `count_error`.
    """

    intercept: float
    slope: float
    count_low: float = 0.0
    count_high: float = 0.0

    def __post_init__(self) -> None:
        for item in fields(self):
            value = getattr(self, item.name)
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise ValueError(
                    f"{item.name} of a confidence curve must be a number; "
                    f"got {value!r:.60}"
                )
            if not np.isfinite(value):
                raise ValueError(f"{item.name} of a confidence curve must be finite")
        if self.slope <= 0:
            raise ValueError(
                f"slope of a confidence curve must be above 0; got {self.slope}"
            )
        if self.count_low > self.count_high:
            raise ValueError(
                "count_low of a confidence curve must not be above count_high; got "
                f"{self.count_low} and {self.count_high}"
            )

    def confidence(self, means: Any) -> NDArray[np.float64]:
        """Return the probability that nuclei are right.

        Parameters
        ----------
        means : array-like of float
            Mean foreground probability of each nucleus, 0 to 1.
        """
        return sigmoid(self.intercept + self.slope * logit(means))

    def mean_foreground(self, confidence: float) -> float:
        """Return the mean foreground probability at a confidence from 0 to 1."""
        if confidence <= 0:
            return 0.0
        low, high = logit(0.0), logit(1.0)
        position = (logit(confidence) - self.intercept) / self.slope
        if position > high:  # no nucleus is that certain
            return float("inf")
        return float(sigmoid(max(position, low))) - ROUNDING

    def count_range(self, confidence: NDArray[np.floating]) -> tuple[int, int]:
        """Return the range that holds the true number of nuclei in 9 of 10 cases.

        Parameters
        ----------
        confidence : ndarray of float, shape (n,)
            Confidence of each nucleus of an image.

        Examples
        --------
        >>> curve = ConfidenceCurve(0.0, 1.0, count_low=-0.5, count_high=1.5)
        >>> curve.count_range(np.full(100, 0.9))
        (92, 124)
        """
        error = count_error(confidence)
        low = np.floor(len(confidence) + self.count_low * error)
        high = np.ceil(len(confidence) + self.count_high * error)
        return max(0, int(low)), max(0, int(high))


def limit_at_threshold(limit: float, probability: float, usual: float) -> float:
    """Return a limit of the mean foreground probability at another threshold.

    At a lower threshold the outline of a nucleus includes fainter pixels, which lower
    its mean. A limit that stayed where it is would leave out nuclei that are found at
    the usual threshold.

    Parameters
    ----------
    limit : float
        Limit at the threshold `usual`; 0 and infinity stay as they are.
    probability, usual : float
        Thresholds of the foreground probability, above 0 and below 1.

    Examples
    --------
    >>> round(limit_at_threshold(0.7, 0.5, 0.5), 3)
    0.7
    >>> round(limit_at_threshold(0.7, 0.3, 0.5), 3)
    0.5
    """
    if not 0 < limit < np.inf or probability == usual:
        return limit
    return float(sigmoid(logit(limit) + logit(probability) - logit(usual)))


def count_error(confidence: NDArray[np.floating]) -> float:
    """Return by how much the number of nuclei of an image is typically wrong.

    The sum of the expected number of wrong nuclei, of half the square root of the
    number of nuclei, and of 1. Of the sums that were tried, this one gives the
    narrowest ranges of counts on validation images.

    Parameters
    ----------
    confidence : ndarray of float, shape (n,)
    """
    wrong = float(np.sum(1 - np.asarray(confidence, np.float64)))
    return wrong + 0.5 * float(np.sqrt(len(confidence))) + 1


def logit(values: Any) -> NDArray[np.float64]:
    """Return log(p / (1 - p)); p is limited to `EPSILON` and 1 - `EPSILON`."""
    limited = np.clip(np.asarray(values, np.float64), EPSILON, 1 - EPSILON)
    result: NDArray[np.float64] = np.log(limited / (1 - limited))
    return result


def sigmoid(values: Any) -> NDArray[np.float64]:
    """Return 1 / (1 + exp(-x))."""
    result: NDArray[np.float64] = 1 / (1 + np.exp(-np.asarray(values, np.float64)))
    return result
