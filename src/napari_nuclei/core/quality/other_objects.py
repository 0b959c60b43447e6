"""Count the signs that the labelled objects of an image are not nuclei.

The nuclei of an image are alike: convex, all brighter than their surroundings or all
darker, and the network is sure of most. Cells in brightfield, worms, fibres, text and
textures break several of these rules at once. A single sign is common in good images.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.quality.measured_plane import DetailWindow, Labels, dilate

OUTLINE_SIGMA = 0.05
"""Sigma of the Gaussian filter that reduces noise outside of outlines, in diameters."""

MAX_HULLS = 24
"""Largest number of nuclei whose convex hull is measured."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits that nearly all images of nuclei of one kind keep.

    They are about the 2nd or 98th percentile of the validation images.

    Attributes
    ----------
    unclear_share : float
        Largest sum of min(p, 1 - p) over that of p, of the foreground probability p.
    confidence : float
        Lowest median confidence.
    left_out_share : float
        Largest fraction of objects left out for low confidence.
    solidity : float
        Lowest median of the area over that of the convex hull.
    outline : float
        Lowest median of the fraction of the outline at which the contrast ends.
    texture : float
        Largest median of the standard deviation inside, over the contrast.
    """

    unclear_share: float
    confidence: float
    left_out_share: float
    solidity: float
    outline: float
    texture: float


GREY = Limits(
    unclear_share=0.56,
    confidence=0.76,
    left_out_share=0.17,
    solidity=0.92,
    outline=0.84,
    texture=0.45,
)
COLOUR = Limits(
    unclear_share=0.9,
    confidence=0.64,
    left_out_share=0.55,
    solidity=0.89,
    outline=0.68,
    texture=1.2,
)

MIN_AGREEMENT, MIN_CLEAR_AGREEMENT = 0.93, 0.85
"""Lowest agreement of the nuclei on being bright or dark. Below the first it is one
sign, below the second it is two."""

MAX_CLEAR_LEFT_OUT_SHARE = 0.65
"""Above this fraction of objects left out for low confidence it is two signs."""

MAX_CONTRAST_SPREAD = 0.42
"""Largest median deviation of the contrast of nuclei, over their contrast."""

MAX_BACKGROUND_UNEVENNESS = 0.8
"""Largest range of the background, as a fraction of the contrast of the objects."""

MAX_FEW, MIN_SCALE_OF_FEW = 7, 0.55
"""At most this number of objects, for which the image was resized by less than this
factor, are two signs: the network finds a few large blobs in images of many things."""


def count_signs(
    window: DetailWindow,
    contrasts: NDArray[np.float64],
    *,
    unclear_share: float,
    confidence: float,
    left_out_share: float,
    in_colour: bool,
    unevenness: float = 0.0,
    few_large: bool = False,
) -> int:
    """Return the number of signs, 0 to 13, that objects are not nuclei.

    Parameters
    ----------
    window : DetailWindow
    contrasts : ndarray of float, shape (n,)
        Contrast of each object of the window, as from `contrast_of_nuclei`.
    unclear_share, confidence, left_out_share : float
        As in `Limits`.
    in_colour : bool
        Stained tissue and smears have limits of their own.
    unevenness : float
        Range of the background, as a fraction of the contrast; NaN in colour.
    few_large : bool
        Whether the image has few objects, and large ones, as `are_few_and_large` says.
    """
    limits = COLOUR if in_colour else GREY
    contrast = float(np.median(contrasts))
    size = max(abs(contrast), 1e-6)
    spread = float(np.median(np.abs(contrasts - contrast))) / size
    agreement = abs(float(np.mean(np.sign(contrasts))))
    outline, texture = compare_sides(window, contrasts)
    signs = (
        unclear_share > limits.unclear_share,
        confidence < limits.confidence,
        left_out_share > limits.left_out_share,
        left_out_share > MAX_CLEAR_LEFT_OUT_SHARE,
        median_solidity(window.labels) < limits.solidity,
        outline < limits.outline,
        texture > limits.texture,
        agreement < MIN_AGREEMENT,
        agreement < MIN_CLEAR_AGREEMENT,
        spread > MAX_CONTRAST_SPREAD,
        unevenness > MAX_BACKGROUND_UNEVENNESS,
    )
    return sum(signs) + 2 * few_large


def are_few_and_large(count: int, scale: float) -> bool:
    """Return whether an image has few objects, and was shrunk much for the network.

    Examples
    --------
    >>> are_few_and_large(3, 0.4), are_few_and_large(3, 1.0), are_few_and_large(40, 0.4)
    (True, False, False)
    """
    return count <= MAX_FEW and scale < MIN_SCALE_OF_FEW


def compare_sides(
    window: DetailWindow, contrasts: NDArray[np.float64]
) -> tuple[float, float]:
    """Compare the pixels inside and just outside of each object.

    Parameters
    ----------
    window : DetailWindow
    contrasts : ndarray of float, shape (n,)

    Returns
    -------
    outline : float
        Median, over objects, of the fraction of the pixels just outside that differ
        from the mean inside by over half of the contrast.
    texture : float
        Median, over objects, of the standard deviation inside without noise, over the
        contrast.
    """
    labels, values = window.labels, window.values
    inside = labels > 0
    numbers = labels[inside]
    counts = np.bincount(numbers)
    present = np.flatnonzero(counts)
    present = present[present > 0]
    of_label = np.zeros(len(counts), np.float64)
    of_label[present] = contrasts
    of_label[np.abs(of_label) < 1e-6] = 1e-6
    means = np.bincount(numbers, values[inside]) / np.maximum(counts, 1)
    squares = np.bincount(numbers, np.square(values[inside] - means[numbers]))
    variances = squares[present] / counts[present] - window.noise**2
    deviations = np.sqrt(np.maximum(variances, 0))
    texture = float(np.median(deviations / np.abs(of_label[present])))
    as_float = labels.astype(np.float32)  # OpenCV dilates no 32-bit integers
    near = dilate(as_float, 1)
    far = dilate(as_float, max(2, round(window.diameter / 8)))
    ring = (far > 0) & (near == 0)
    owners = far[ring].astype(np.int64)
    pixels = np.bincount(owners, minlength=len(counts))
    smooth = cv2.GaussianBlur(values, (0, 0), max(0.5, OUTLINE_SIGMA * window.diameter))
    steps = (means[owners] - smooth[ring]) / of_label[owners]
    ends = np.bincount(owners, steps > 0.5, minlength=len(counts))
    some = pixels > 0
    outline = float(np.median(ends[some] / pixels[some])) if some.any() else 1.0
    return outline, texture


def median_solidity(labels: Labels) -> float:
    """Return the median of the area of objects over that of their convex hulls.

    At most `MAX_HULLS` objects are measured, spread over all labels.
    """
    inside = np.flatnonzero(labels)
    numbers = labels.ravel()[inside]
    order = np.argsort(numbers, kind="stable")
    rows, columns = np.divmod(inside[order], labels.shape[1])
    points = np.stack([columns, rows], axis=1).astype(np.int32)
    starts = np.flatnonzero(np.diff(numbers[order], prepend=-1))
    ends = np.append(starts[1:], len(points))
    chosen = np.unique(
        np.linspace(0, len(starts) - 1, min(len(starts), MAX_HULLS)).astype(int)
    )
    solidities = []
    for number in chosen:
        object_points = points[starts[number] : ends[number]]
        object_points = object_points - object_points.min(axis=0)
        width, height = (object_points.max(axis=0) + 1).tolist()
        filled = np.zeros((height, width), np.uint8)
        cv2.fillConvexPoly(filled, cv2.convexHull(object_points), 1)
        solidities.append(len(object_points) / int(filled.sum()))
    return float(np.median(solidities))
