"""Whether probabilities mean what they say: of pixels, and of nuclei.

Of the pixels given a probability of .8, eight in ten should lie in a nucleus; of the
nuclei given a score of .8, eight in ten should be found in the truth (Guo et al., "On
Calibration of Modern Neural Networks", 2017, https://arxiv.org/abs/1706.04599).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from napari_nuclei.core.matching import find_overlaps, match_objects

BINS = 10

Labels = NDArray[np.int32]
Foreground = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Reliability:
    """Predictions by what they were given, in bins of equal width from 0 to 1.

    Attributes
    ----------
    count, confidence, correct : ndarray of float64, shape (BINS,)
        Predictions in each bin, the sum of what they were given and how many of them
        were right.
    """

    count: NDArray[np.float64]
    confidence: NDArray[np.float64]
    correct: NDArray[np.float64]

    def __add__(self, other: Reliability) -> Reliability:
        return Reliability(
            self.count + other.count,
            self.confidence + other.confidence,
            self.correct + other.correct,
        )

    @property
    def error(self) -> float:
        """Expected calibration error: the mean gap between given and right, 0 to 1."""
        total = self.count.sum()
        return (
            float(np.abs(self.confidence - self.correct).sum() / total)
            if total
            else 0.0
        )


def bin_predictions(
    confidence: NDArray[np.float32], correct: NDArray[np.bool_]
) -> Reliability:
    """Sort predictions into bins.

    Parameters
    ----------
    confidence : ndarray of float, shape (n,)
        Probabilities or scores, 0 to 1.
    correct : ndarray of bool, shape (n,)
    """
    place = np.minimum((confidence * BINS).astype(np.intp), BINS - 1)
    return Reliability(
        np.bincount(place, minlength=BINS).astype(np.float64),
        np.bincount(place, weights=confidence, minlength=BINS).astype(np.float64),
        np.bincount(place, weights=correct, minlength=BINS).astype(np.float64),
    )


def pixel_reliability(truth: Labels, foreground: Foreground) -> Reliability:
    """Sort the pixels of an image by their probability; right lie in a nucleus."""
    return bin_predictions(foreground.ravel(), truth.ravel() > 0)


def nucleus_reliability(
    truth: Labels, labels: Labels, foreground: Foreground
) -> Reliability:
    """Sort predicted nuclei by their mean probability; right match at an IoU of .5."""
    numbers = np.unique(labels[labels > 0])
    if not len(numbers):
        return bin_predictions(np.zeros(0, np.float32), np.zeros(0, bool))
    scores = ndimage.mean(foreground, labels, numbers)
    overlaps = find_overlaps(truth, labels)
    matched = overlaps.predicted[match_objects(overlaps)]
    return bin_predictions(np.asarray(scores, np.float32), np.isin(numbers, matched))
