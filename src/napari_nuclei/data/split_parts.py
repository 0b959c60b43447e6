"""Choose nuclei or background to hold out, and limit samples to a part of the image."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from napari_nuclei.data.datasets import Sample

MIN_HELD_OUT = 3
"""Smallest number of nuclei to hold out, if there are at least twice as many."""

MAX_CLUSTERS = 4
"""Largest number of clusters of held-out nuclei in an image."""

Mask = NDArray[np.bool_]


def choose_nuclei(centroids: NDArray[np.float64], fraction: float) -> Mask:
    """Choose nuclei to hold out, in several clusters.

    The clusters lie at even steps along the direction of largest spread. Each consists
    of one nucleus and its nearest neighbours.

    Parameters
    ----------
    centroids : ndarray of float, shape (n, 2)
        Row and column, in pixels.
    fraction : float
        Approximate fraction of the nuclei to choose, 0 to 1.

    Returns
    -------
    ndarray of bool, shape (n,)
        True for chosen nuclei: at least `MIN_HELD_OUT`, but at most half of them.

    Examples
    --------
    >>> row = np.array([[0.0, 10 * n] for n in range(10)])
    >>> choose_nuclei(row, 0.25).nonzero()[0].tolist()
    [1, 5, 8]
    """
    total = len(centroids)
    test_count = min(max(round(total * fraction), MIN_HELD_OUT), total // 2)
    chosen = np.zeros(total, bool)
    if not test_count:
        return chosen
    centred = centroids - centroids.mean(axis=0)
    direction = np.linalg.svd(centred, full_matrices=False)[2][0]
    direction = direction * np.sign(direction[np.argmax(np.abs(direction))])
    order = np.argsort(centred @ direction, kind="stable")
    clusters = min(MAX_CLUSTERS, test_count)
    for number in range(clusters):
        centre = centroids[order[int((number + 0.5) * total / clusters)]]
        distance = np.hypot(*(centroids - centre).T)
        distance[chosen] = np.inf
        count = (number + 1) * test_count // clusters - number * test_count // clusters
        chosen[np.argsort(distance, kind="stable")[:count]] = True
    return chosen


def is_closer(first: Mask, second: Mask) -> Mask:
    """Return a mask of the pixels that are closer to `first` than to `second`.

    Both have the shape (Y, X) and at least one foreground pixel.
    """
    to_first, to_second = (
        cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5)
        for mask in (first, second)
    )
    return np.asarray(to_first) < np.asarray(to_second)


def restrict_sample(sample: Sample, part: Mask, name: str) -> Sample:
    """Limit the annotated mask of a sample to a part of the image.

    Nuclei that cross the edge of the part are not annotated. The image stays complete,
    so that normalisation and diameter are the same as at prediction.

    Parameters
    ----------
    sample : Sample
    part : ndarray of bool, shape (Y, X)
    name : str
        Appended to the name of the sample.
    """
    outside = np.unique(sample.labels[~part])
    annotated = part & ~np.isin(sample.labels, outside[outside > 0])
    if sample.annotated is not None:
        annotated &= sample.annotated
    labels = np.where(annotated, sample.labels, 0).astype(np.int32)
    name = f"{sample.name} ({name})"
    return replace(sample, name=name, labels=labels, annotated=annotated)


def nucleus_centroids(labels: NDArray[np.int32]) -> NDArray[np.float64]:
    """Return the mean row and column of each nucleus, in order of label.

    The result has the shape (n, 2), in pixels.
    """
    rows, columns = np.nonzero(labels)
    _, nucleus, sizes = np.unique(
        labels[rows, columns], return_inverse=True, return_counts=True
    )
    sums = [
        np.bincount(nucleus, weights=positions, minlength=len(sizes))
        for positions in (rows, columns)
    ]
    return np.stack(sums, axis=1) / sizes[:, np.newaxis]


def split_background(
    stack: Sequence[Sample], fraction: float
) -> tuple[list[Sample], list[Sample]]:
    """Split an image whose annotations are background, such as deleted nuclei.

    Parameters
    ----------
    stack : sequence of Sample
        Planes of equal height and width.
    fraction : float
        Approximate fraction of the annotated regions to hold out, 0 to 1.

    Returns
    -------
    training, held_out : list of Sample
        Nuclei, if there are any, stay in training. The held-out part is empty if a
        plane is annotated completely, or there are no two separate regions.
    """
    annotated = np.zeros(stack[0].labels.shape, bool)
    for sample in stack:
        if sample.annotated is None:
            return list(stack), []
        annotated |= sample.annotated
    count, found = cv2.connectedComponents(annotated.astype(np.uint8))
    regions = np.asarray(found, np.int32)
    nuclei = np.any([sample.labels > 0 for sample in stack], axis=0)
    with_nuclei = np.unique(regions[nuclei & annotated])
    if count == 2 and not with_nuclei.size:
        regions = cut_across(annotated)
    regions[np.isin(regions, with_nuclei)] = 0
    empty = np.unique(regions[regions > 0])
    chosen = choose_nuclei(nucleus_centroids(regions), fraction)
    if with_nuclei.size and len(empty) == 1:
        chosen[:] = True
    held_out_mask = np.isin(regions, empty[chosen])
    if not held_out_mask.any():
        return list(stack), []
    held_out_mask = is_closer(held_out_mask, annotated & ~held_out_mask)
    return (
        [restrict_sample(s, ~held_out_mask, "training") for s in stack],
        [restrict_sample(s, held_out_mask, "held out") for s in stack],
    )


def add_unchecked_nuclei(
    held_out: Sample, training: Sample | None, labels: NDArray[np.int32]
) -> Sample:
    """Return held-out corrections with all other nuclei of the held-out part.

    A model is wrong on all nuclei that a user corrected in its result. On these alone
    any other model would be better, also one that loses the nuclei that were right.

    Parameters
    ----------
    held_out : Sample
        Its annotated mask covers corrections only.
    training : Sample, optional
        The training part of the same image; None if the whole image is held out.
    labels : ndarray of int32, shape (Y, X)
        All nuclei of the image, corrected or not.

    Returns
    -------
    Sample
        Its annotated mask covers all pixels that are closer to a held-out correction
        than to one of the training part, without nuclei that cross the edge.
    """
    whole = replace(held_out, labels=labels, annotated=None)
    if training is None or training.annotated is None or held_out.annotated is None:
        return whole
    part = is_closer(held_out.annotated, training.annotated)
    return replace(restrict_sample(whole, part, ""), name=held_out.name)


def cut_across(mask: Mask) -> NDArray[np.int32]:
    """Label the two halves of a mask, cut across its longer side, 1 and 2."""
    indices = np.nonzero(mask)
    axis = int(np.argmax([np.ptp(positions) for positions in indices]))
    halves = np.zeros(mask.shape, np.int32)
    halves[indices] = 1 + (indices[axis] > np.median(indices[axis]))
    return halves
