"""Find the mixture of colours in which nuclei stand out.

Nuclei of stained tissue may be no darker than what surrounds them: blue nuclei lie next
to brown cytoplasm and on white glass. They differ in colour, which the mean of the
colours hides.

Reference
---------
R. A. Fisher, "The use of multiple measurements in taxonomic problems", Annals of
Eugenics 7:179 (1936): the direction in which two classes differ most.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

RIDGE = 0.1
"""Fraction of the mean variance that is added to that of each colour, so that a colour
that hardly varies does not get all the weight."""

EVEN_WEIGHTS = np.full(3, 1 / 3)
"""Weights of the mean of the colours."""


def find_colour_weights(
    pixels: NDArray[Any], labels: NDArray[np.integer]
) -> NDArray[np.float64]:
    """Return the weights of red, green and blue in which nuclei differ most.

    Parameters
    ----------
    pixels : ndarray of shape (Y, X, S)
        With at least three colours; others are ignored.
    labels : ndarray of int, shape (Y, X)

    Returns
    -------
    ndarray of float64, shape (3,)
        Their absolute values have the sum 1, and most nuclei are brighter than the
        background in the mixture. Equal weights if there are no nuclei or there is no
        background.

    Examples
    --------
    >>> image = np.array([[[9, 5, 0], [9, 4, 0]], [[1, 5, 0], [1, 4, 0]]], np.uint8)
    >>> find_colour_weights(image, np.array([[1, 1], [0, 0]])).round(2).tolist()
    [1.0, 0.0, 0.0]
    """
    inside = labels > 0
    nuclei, rest = (
        pixels[mask][:, :3].astype(np.float64) for mask in (inside, ~inside)
    )
    if len(nuclei) < 2 or len(rest) < 2:
        return EVEN_WEIGHTS
    largest = max(float(np.abs(nuclei).max()), float(np.abs(rest).max()))
    if not 0 < largest < np.inf:
        return EVEN_WEIGHTS
    nuclei, rest = nuclei / largest, rest / largest  # squares must not overflow
    spread = (np.cov(nuclei.T) + np.cov(rest.T)) / 2
    ridge = RIDGE * np.trace(spread) / 3 + 1e-9
    step = nuclei.mean(axis=0) - rest.mean(axis=0)
    weights = np.linalg.solve(spread + ridge * np.eye(3), step)
    total = float(np.abs(weights).sum())
    if not (np.isfinite(total) and total > 0):
        return EVEN_WEIGHTS
    return np.asarray(weights / total)


def mix_colours(
    pixels: NDArray[Any], weights: NDArray[np.float64] | None
) -> NDArray[np.float64]:
    """Return one value for each pixel of a colour plane.

    Parameters
    ----------
    pixels : ndarray of shape (Y, X, S)
    weights : ndarray of float64, shape (3,), optional
        As from `find_colour_weights`. By default the mean of the colours.
    """
    used = EVEN_WEIGHTS if weights is None else weights
    return np.asarray(pixels[..., :3].astype(np.float64) @ used)
