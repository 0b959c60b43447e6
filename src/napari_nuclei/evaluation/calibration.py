"""Measure the calibration of predicted probabilities, of pixels and of nuclei.

Of the pixels with a probability of 0.8, eight in ten should lie in a nucleus. Of the
nuclei with a confidence of 0.8, eight in ten should match an annotated nucleus (Guo et
al., "On Calibration of Modern Neural Networks", 2017,
https://arxiv.org/abs/1706.04599).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from napari_nuclei.core.confidence import ConfidenceCurve
from napari_nuclei.core.matching import find_overlaps, match_objects

BINS = 10

Labels = NDArray[np.int32]
Foreground = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Reliability:
    """Predictions, grouped by probability (0 to 1) into bins of equal width.

    Attributes
    ----------
    count, confidence, correct : ndarray of float64, shape (BINS,)
        Number of predictions in each bin, sum of their probabilities, and number of
        correct predictions.
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
        """Expected calibration error: mean gap between probability and accuracy."""
        total = self.count.sum()
        if not total:
            return 0.0
        return float(np.abs(self.confidence - self.correct).sum() / total)


def bin_predictions(
    confidence: NDArray[np.float32], correct: NDArray[np.bool_]
) -> Reliability:
    """Sort predictions into bins by probability.

    Parameters
    ----------
    confidence : ndarray of float, shape (n,)
        Probabilities, 0 to 1.
    correct : ndarray of bool, shape (n,)
    """
    bin_index = np.minimum((confidence * BINS).astype(np.intp), BINS - 1)
    return Reliability(
        np.bincount(bin_index, minlength=BINS).astype(np.float64),
        np.bincount(bin_index, weights=confidence, minlength=BINS).astype(np.float64),
        np.bincount(bin_index, weights=correct, minlength=BINS).astype(np.float64),
    )


def pixel_reliability(truth: Labels, foreground: Foreground) -> Reliability:
    """Sort pixels by foreground probability; correct ones lie in a nucleus.

    Parameters
    ----------
    truth : ndarray of int32
        Annotated instance labels.
    foreground : ndarray of float32, of the same shape
        Foreground probability, 0 to 1.
    """
    return bin_predictions(foreground.ravel(), truth.ravel() > 0)


def nucleus_reliability(
    truth: Labels,
    labels: Labels,
    foreground: Foreground,
    curve: ConfidenceCurve | None = None,
) -> Reliability:
    """Sort predicted nuclei by confidence; correct ones match at an IoU of 0.5.

    Parameters
    ----------
    truth, labels : ndarray of int32
        Annotated and predicted instance labels, of the same shape.
    foreground : ndarray of float32, of the same shape
        Foreground probability, 0 to 1.
    curve : ConfidenceCurve, optional
        Without one, the confidence is the mean foreground probability.
    """
    numbers = np.unique(labels[labels > 0])
    if not len(numbers):
        return bin_predictions(np.zeros(0, np.float32), np.zeros(0, bool))
    confidence = ndimage.mean(foreground, labels, numbers)
    if curve is not None:
        confidence = curve.confidence(confidence)
    overlaps = find_overlaps(truth, labels)
    matched = overlaps.predicted[match_objects(overlaps)]
    return bin_predictions(
        np.asarray(confidence, np.float32), np.isin(numbers, matched)
    )
