"""What is annotated of an image that is annotated in part.

Three meanings can be given to pixels that nobody has painted: all of them are
background; those inside boxes are; or they are unknown but for a margin around what
was painted. Unknown pixels carry no loss and are not counted in scores.
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
"""Width of the margin of background around a nucleus, of the nuclei's diameter."""

MIN_MARGIN = 2
"""In pixels: the outline of a nucleus is learnt from the pixels on both its sides."""

MIN_ANNOTATED_FRACTION = 0.5
"""A predicted nucleus counts in scores if this share of its pixels is annotated."""


def margin_width(labels: NDArray[np.int32]) -> int:
    """Return the width of the automatic margin of background, in pixels."""
    sizes = object_areas(labels)
    if not len(sizes):
        return MIN_MARGIN
    diameter = float(np.median(np.sqrt(sizes * 4 / np.pi)))
    return max(MIN_MARGIN, round(MARGIN_FRACTION * diameter))


def expand_mask(mask: NDArray[np.bool_], width: int) -> NDArray[np.bool_]:
    """Return a mask with all pixels added that lie within `width` of it."""
    size = 2 * width + 1
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    return np.asarray(cv2.dilate(mask.astype(np.uint8), disc), np.uint8) > 0


def ignore_unpainted(
    sample: Sample, *, background: int | None = None, margin: int | None = None
) -> Sample:
    """Take what is not painted for unknown.

    Known are the painted nuclei, what is painted as background, what the sample
    knows already (such as the inside of boxes), and a margin around the nuclei. The
    margin of a nucleus may hold a part of a neighbour that nobody has painted: a
    cluster is best painted whole.

    Parameters
    ----------
    sample : Sample
    background : int, optional
        The label with which background was painted.
    margin : int, optional
        Width of the margin in pixels; from the size of the nuclei if None.

    Returns
    -------
    Sample
        `labels` are without the background's label.

    Examples
    --------
    >>> import numpy as np
    >>> labels = np.zeros((2, 9), np.int32)
    >>> labels[:, 3] = 4
    >>> bar = Sample("bar", labels.astype(np.uint8), labels)
    >>> some = ignore_unpainted(bar, margin=1)
    >>> some.annotated[0].astype(int).tolist()
    [0, 0, 1, 1, 1, 0, 0, 0, 0]
    """
    labels: NDArray[np.int32] = sample.labels
    annotated = (
        np.zeros(labels.shape, bool) if sample.annotated is None else sample.annotated
    )
    if background:
        annotated = annotated | (labels == background)
        labels = np.where(labels == background, 0, labels).astype(np.int32)
    width = margin_width(labels) if margin is None else margin
    return replace(
        sample, labels=labels, annotated=annotated | expand_mask(labels > 0, width)
    )


def drop_unannotated(
    predicted: NDArray[np.integer], annotated: NDArray[np.bool_] | None
) -> NDArray[Any]:
    """Drop the predicted nuclei of which too little is annotated to call them wrong.

    No nucleus is dropped that matches a annotated one at an IoU of .5: at least half of
    its pixels lie in that one.

    Parameters
    ----------
    predicted : ndarray of int, shape (Y, X)
    annotated : ndarray of bool, shape (Y, X), optional
        None where all is annotated.

    Returns
    -------
    ndarray of int, shape (Y, X)
        A copy.
    """
    if annotated is None or not predicted.any():
        return predicted.copy()
    sizes = np.bincount(predicted.ravel())
    inside = np.bincount(predicted.ravel(), weights=annotated.ravel())
    kept = inside >= MIN_ANNOTATED_FRACTION * sizes
    kept[0] = False
    return np.where(kept[predicted], predicted, 0).astype(predicted.dtype)


def compare_annotated(
    sample: Sample,
    predicted: NDArray[np.integer],
    foreground: NDArray[Any] | None = None,
) -> ImageCounts:
    """Count the pixels and objects of an image as far as it is annotated.

    Parameters
    ----------
    sample : Sample
    predicted : ndarray of int, shape (Y, X)
    foreground : ndarray of shape (Y, X), optional
        As of `count_image`.
    """
    annotated = sample.annotated
    if annotated is None:
        return count_image(sample.labels, predicted, foreground)
    mask = predicted if foreground is None else foreground
    fair = drop_unannotated(predicted, annotated)
    return count_image(sample.labels[annotated], fair[annotated], mask[annotated])
