"""Measure how confident a model is of nuclei in images of pure noise."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from napari_nuclei.config import SegmentConfig
from napari_nuclei.core.maps import full_foreground
from napari_nuclei.core.normalize import normalize
from napari_nuclei.core.segmenter import Segmenter

GRAINS = (0.0, 1.0, 2.0, 4.0, 8.0)
"""Sigma of the Gaussian filter of each noise field, in pixels."""

SIDE = 512
"""Side of a noise field, in pixels."""

PERCENTILE = 99.9
"""Percentile of the confidence of the nuclei found in noise."""

MARGIN = 0.01
"""Added to the percentile, since other noise may look a little more like nuclei."""

MIN_CONFIDENCE = 0.5
"""The result is not lower, even if no nucleus is found in noise."""


def measure_noise_confidence(segmenter: Segmenter, *, seed: int = 0) -> float:
    """Return an upper limit of the confidence of nuclei in pure noise.

    The value belongs into the model card (`ModelCard.noise_confidence`). Nuclei above
    it are evidence that an image contains nuclei.

    Parameters
    ----------
    segmenter : Segmenter
    seed : int
        Seed of the noise.

    Returns
    -------
    float
        From `MIN_CONFIDENCE` to 1, rounded up to two decimals.
    """
    config = SegmentConfig(min_confidence=0.0)
    confidences = []
    for grain in GRAINS:
        plane = normalize(noise_field(grain, seed))
        maps = segmenter.predict_plane(plane, scale=1.0, config=config)
        labels = segmenter.label(maps, config).labels
        confidences.append(nucleus_confidence(labels, full_foreground(maps)))
    confidence = np.concatenate(confidences)
    if not len(confidence):
        return MIN_CONFIDENCE
    limit = float(np.percentile(confidence, PERCENTILE)) + MARGIN
    return min(max(math.ceil(100 * limit) / 100, MIN_CONFIDENCE), 1.0)


def noise_field(grain: float, seed: int) -> NDArray[np.float32]:
    """Return normally distributed noise, float32, shape (SIDE, SIDE).

    Parameters
    ----------
    grain : float
        Sigma of the Gaussian filter that makes neighbouring pixels alike, in pixels.
    seed : int
    """
    rng = np.random.default_rng([seed, round(100 * grain)])
    noise = rng.normal(size=(SIDE, SIDE)).astype(np.float32)
    return np.asarray(cv2.GaussianBlur(noise, (0, 0), grain)) if grain else noise


def nucleus_confidence(
    labels: NDArray[np.int32], foreground: NDArray[np.float32]
) -> NDArray[np.float64]:
    """Return the mean foreground probability of each nucleus."""
    sizes = np.bincount(labels.ravel())[1:]
    sums = np.bincount(labels.ravel(), foreground.ravel())[1:]
    return np.asarray(sums[sizes > 0] / sizes[sizes > 0])
