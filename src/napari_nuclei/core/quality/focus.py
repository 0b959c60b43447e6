"""Measure the focus of a plane at the scale of its nuclei."""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np

from napari_nuclei.core.quality.measured_plane import DetailWindow, dilate

DETAIL_SIGMAS = (0.05, 0.1, 0.2)
"""Sigmas of three Gaussian filters, in diameters of a nucleus. The differences between
neighbouring ones are the finer and the coarser detail of nuclei. Blur removes the finer
detail first."""

MIN_SIGMA = 0.5
"""Smallest of these sigmas, in pixels."""

MIN_BACKGROUND_PIXELS = 50
"""Smallest number of background pixels in which noise is measured."""

SAMPLED_PIXELS = 4096
"""About as many background pixels at most are compared."""

MEDIAN_OF_SQUARES = 0.455
"""Median of the squares of normally distributed values of variance 1."""


def measure_focus(window: DetailWindow) -> float:
    """Return the ratio of the finer to the coarser detail of the nuclei.

    Noise, measured in the background, is subtracted from both.

    Parameters
    ----------
    window : DetailWindow

    Returns
    -------
    float
        About 0.5 for nuclei in focus and below 0.4 for blurred ones; NaN if the
        nuclei have no detail.
    """
    diameter = window.diameter
    nuclei = (window.labels > 0).astype(np.uint8)
    around = dilate(nuclei, round(diameter / 5)) > 0
    background = dilate(nuclei, round(diameter / 2.5)) == 0
    if not background.any():
        background = ~around
    blurred = [
        cv2.GaussianBlur(window.values, (0, 0), max(MIN_SIGMA, sigma * diameter))
        for sigma in DETAIL_SIGMAS
    ]
    variances = []
    for sharper, softer in pairwise(blurred):
        squares = np.square(np.asarray(sharper - softer, np.float32))
        variance = float(squares[around].mean(dtype=np.float64))
        quiet = squares[background]
        noise = 0.0
        if quiet.size > MIN_BACKGROUND_PIXELS:
            quiet = quiet[:: max(1, quiet.size // SAMPLED_PIXELS)]
            noise = float(np.median(quiet)) / MEDIAN_OF_SQUARES
        variances.append(max(variance - noise, 1e-9 * variance))
    finer, coarser = variances
    return float(np.sqrt(finer / coarser)) if coarser > 0 else float("nan")
