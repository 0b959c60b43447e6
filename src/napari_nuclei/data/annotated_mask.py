"""The mask of annotated pixels of a partly annotated image.

Unpainted pixels can mean three things: all are background; those inside boxes are
background; or they are ignored, except for a margin around the painted nuclei. Ignored
pixels have no loss and do not count in scores.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.diameter import object_areas
from napari_nuclei.core.matching import count_image
from napari_nuclei.core.scores import ImageCounts
from napari_nuclei.data.datasets import Sample

MARGIN_FRACTION = 0.25
"""Width of the background margin around a nucleus, as a fraction of its diameter."""

MIN_MARGIN = 2
"""Smallest width of the margin, in pixels: an outline is learnt from both sides."""

MIN_ANNOTATED_FRACTION = 0.5
"""A predicted nucleus is scored if at least this fraction of it is annotated."""


def margin_width(labels: NDArray[np.int32], fraction: float = MARGIN_FRACTION) -> int:
    """Return the default width of the background margin, in pixels.

    Parameters
    ----------
    labels : ndarray of int32, shape (Y, X)
        Instance labels.
    fraction : float
        Width as a fraction of the median diameter of the nuclei.
    """
    sizes = object_areas(labels)
    if not len(sizes):
        return MIN_MARGIN
    diameter = float(np.median(np.sqrt(sizes * 4 / np.pi)))
    return max(MIN_MARGIN, round(fraction * diameter))


def expand_mask(mask: NDArray[np.bool_], width: int) -> NDArray[np.bool_]:
    """Dilate a mask by a disc.

    Parameters
    ----------
    mask : ndarray of bool, shape (Y, X)
    width : int
        Radius of the disc, in pixels.

    Returns
    -------
    ndarray of bool, shape (Y, X)
    """
    size = 2 * width + 1
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    return np.asarray(cv2.dilate(mask.astype(np.uint8), disc), np.uint8) > 0


def ignore_unpainted(
    sample: Sample, *, background: int | None = None, margin: int | None = None
) -> Sample:
    """Limit the annotated mask of a sample to what is painted.

    Annotated are then the painted nuclei, a margin around them, the painted background,
    and the pixels that were annotated before, such as the inside of boxes. The margin
    may cover part of an unpainted neighbour, so users should paint complete clusters.

    Parameters
    ----------
    sample : Sample
    background : int, optional
        The label with which background was painted; None if it was not painted.
    margin : int, optional
        Width of the margin, in pixels. None derives it from the size of the nuclei.

    Returns
    -------
    Sample
        Its `labels` no longer contain the background label.

    Examples
    --------
    >>> import numpy as np
    >>> labels = np.zeros((2, 9), np.int32)
    >>> labels[:, 3] = 4
    >>> bar = Sample("bar", labels.astype(np.uint8), labels)
    >>> ignore_unpainted(bar, margin=1).annotated[0].astype(int).tolist()
    [0, 0, 1, 1, 1, 0, 0, 0, 0]
    """
    labels: NDArray[np.int32] = sample.labels
    annotated = sample.annotated
    if annotated is None:
        annotated = np.zeros(labels.shape, bool)
    if background:
        annotated = annotated | (labels == background)
        labels = np.where(labels == background, 0, labels).astype(np.int32)
    width = margin_width(labels) if margin is None else margin
    annotated = annotated | expand_mask(labels > 0, width)
    return replace(sample, labels=labels, annotated=annotated)


def drop_unannotated(
    predicted: NDArray[np.integer], annotated: NDArray[np.bool_] | None
) -> NDArray[Any]:
    """Remove predicted nuclei that lie mostly outside the annotated mask.

    Such nuclei cannot be scored as right or wrong. A nucleus that matches an annotated
    one at an IoU of 0.5 is never removed, because at least half of it is annotated.

    Parameters
    ----------
    predicted : ndarray of int, shape (Y, X)
        Instance labels.
    annotated : ndarray of bool, shape (Y, X), optional
        None if all pixels are annotated.

    Returns
    -------
    ndarray of int, shape (Y, X)
        A copy without the removed nuclei.
    """
    if annotated is None or not predicted.any():
        return predicted.copy()
    sizes = np.bincount(predicted.ravel())
    inside = np.bincount(predicted.ravel(), weights=annotated.ravel())
    retained = inside >= MIN_ANNOTATED_FRACTION * sizes
    retained[0] = False
    return np.where(retained[predicted], predicted, 0).astype(predicted.dtype)


def compare_annotated(
    sample: Sample,
    predicted: NDArray[np.integer],
    foreground: NDArray[Any] | None = None,
) -> ImageCounts:
    """Count right and wrong pixels and objects inside the annotated mask.

    Parameters
    ----------
    sample : Sample
    predicted : ndarray of int, shape (Y, X)
        Instance labels.
    foreground : ndarray of shape (Y, X), optional
        Predicted foreground mask, see `count_image`.

    Returns
    -------
    ImageCounts
    """
    annotated = sample.annotated
    if annotated is None:
        return count_image(sample.labels, predicted, foreground)
    mask = predicted if foreground is None else foreground
    scored = drop_unannotated(predicted, annotated)
    return count_image(sample.labels[annotated], scored[annotated], mask[annotated])
