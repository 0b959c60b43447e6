"""Compare labels with true labels, by pixels and by objects."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import linear_sum_assignment
from scipy.sparse.csgraph import connected_components

from napari_nuclei.core.scores import ImageCounts, ObjectCounts, PixelCounts

IOU_THRESHOLDS = tuple(round(0.5 + 0.05 * step, 2) for step in range(10))
"""The IoU thresholds at which objects are counted: 0.5 to 0.95."""


@dataclass(frozen=True, slots=True)
class Overlaps:
    """Pairs of a true and a predicted object that share pixels.

    Attributes
    ----------
    true, predicted : ndarray of int, shape (pairs,)
        Labels of the two objects of each pair.
    iou : ndarray of float64, shape (pairs,)
        Intersection over union of each pair.
    share : ndarray of float64, shape (pairs,)
        Shared pixels of each pair over the area of the smaller object.
    n_true, n_predicted : int
        Number of all objects, with or without a shared pixel.
    """

    true: NDArray[Any]
    predicted: NDArray[Any]
    iou: NDArray[np.float64]
    share: NDArray[np.float64]
    n_true: int
    n_predicted: int


def check_shapes(true: NDArray[Any], predicted: NDArray[Any]) -> None:
    """Raise ValueError if the shapes of the arrays differ."""
    if true.shape != predicted.shape:
        raise ValueError(
            "true and predicted must have the same shape; got "
            f"{true.shape} and {predicted.shape}"
        )


def count_pixels(true: NDArray[Any], predicted: NDArray[Any]) -> PixelCounts:
    """Count correct and wrong pixels of a foreground mask.

    Parameters
    ----------
    true, predicted : ndarray of the same shape
        Masks or labels; foreground is where they are above 0.

    Raises
    ------
    ValueError
        If the shapes differ.

    Examples
    --------
    >>> count_pixels(np.array([1, 1, 0, 0]), np.array([1, 0, 0, 1]))
    PixelCounts(tp=1, fp=1, fn=1, tn=1)
    """
    check_shapes(true, predicted)
    is_true, is_predicted = true > 0, predicted > 0
    both = int(np.count_nonzero(is_true & is_predicted))
    fp = int(np.count_nonzero(is_predicted)) - both
    fn = int(np.count_nonzero(is_true)) - both
    return PixelCounts(both, fp, fn, is_true.size - both - fp - fn)


def find_overlaps(true: NDArray[Any], predicted: NDArray[Any]) -> Overlaps:
    """Return the IoU of all pairs of objects that share pixels.

    Parameters
    ----------
    true, predicted : ndarray of int, of the same shape
        Instance labels: 0 is background; numbers may have gaps.

    Raises
    ------
    ValueError
        If the shapes differ or a label is negative.
    """
    check_shapes(true, predicted)
    for which, labels in (("true", true), ("predicted", predicted)):
        if (lowest := labels.min(initial=0)) < 0:
            raise ValueError(f"{which} labels must not be negative; got {lowest}")
    is_true, is_predicted = true > 0, predicted > 0
    names_true, size_true = np.unique(true[is_true], return_counts=True)
    names_predicted, size_predicted = np.unique(
        predicted[is_predicted], return_counts=True
    )
    both = is_true & is_predicted
    row = np.searchsorted(names_true, true[both]).astype(np.int64)
    column = np.searchsorted(names_predicted, predicted[both])
    count = max(len(names_predicted), 1)
    pairs, shared = np.unique(row * count + column, return_counts=True)
    row, column = np.divmod(pairs, count)
    sizes = size_true[row], size_predicted[column]
    return Overlaps(
        true=names_true[row],
        predicted=names_predicted[column],
        iou=shared / (sizes[0] + sizes[1] - shared),
        share=shared / np.minimum(*sizes),
        n_true=len(names_true),
        n_predicted=len(names_predicted),
    )


def choose_pairs(
    first: NDArray[Any], second: NDArray[Any], gain: NDArray[np.float64]
) -> NDArray[np.intp]:
    """Choose pairs, each object at most once, so that their summed gain is largest.

    Parameters
    ----------
    first, second : ndarray of int, shape (pairs,)
        Labels of the two objects of each pair.
    gain : ndarray of float64, shape (pairs,)
        Above 0.

    Returns
    -------
    ndarray of int, shape (chosen,)
        Ascending indices of the chosen pairs.

    Examples
    --------
    >>> choose_pairs(np.array([1, 2, 2]), np.array([5, 5, 6]), np.array([3.0, 4, 2]))
    array([0, 2])
    """
    names_first, row = np.unique(first, return_inverse=True)
    names_second, column = np.unique(second, return_inverse=True)
    total = len(names_first) + len(names_second)
    graph = sparse.coo_array((gain, (row, column + len(names_first))), (total, total))
    _, group = connected_components(graph, directed=False)
    group = group[row]
    # Most groups are single pairs: above an IoU of 0.5 all are. The time of an
    # assignment grows with the cube of the number of objects, so that each of the
    # other groups is solved on its own.
    is_single = np.bincount(group)[group] == 1
    chosen = [np.flatnonzero(is_single)]
    several = np.flatnonzero(~is_single)
    several = several[np.argsort(group[several], kind="stable")]
    ends = np.flatnonzero(np.diff(group[several])) + 1
    for pairs in np.split(several, ends) if len(several) else ():
        rows, in_rows = np.unique(row[pairs], return_inverse=True)
        columns, in_columns = np.unique(column[pairs], return_inverse=True)
        gains = np.zeros((len(rows), len(columns)))
        gains[in_rows, in_columns] = gain[pairs]
        index = np.full(gains.shape, -1)
        index[in_rows, in_columns] = pairs
        best = index[linear_sum_assignment(gains, maximize=True)]
        chosen.append(best[best >= 0])
    return np.sort(np.concatenate(chosen))


def match_objects(overlaps: Overlaps, threshold: float = 0.5) -> NDArray[np.intp]:
    """Match true and predicted objects one to one.

    The matching has the most pairs whose IoU reaches the threshold and, among such
    matchings, the largest sum of IoU.

    Parameters
    ----------
    overlaps : Overlaps
    threshold : float
        Lowest IoU of a pair; above 0 and at most 1.

    Returns
    -------
    ndarray of int, shape (matches,)
        Ascending indices of the matched pairs of `overlaps`.
    """
    if not 0 < threshold <= 1:
        raise ValueError(f"threshold must be above 0 and at most 1; got {threshold}")
    candidates = np.flatnonzero(overlaps.iou >= threshold)
    # The sum of all IoU terms stays below the gain of one more pair.
    gain = 1 + overlaps.iou[candidates] / (2 * max(len(candidates), 1))
    true, predicted = overlaps.true[candidates], overlaps.predicted[candidates]
    return candidates[choose_pairs(true, predicted, gain)]


def count_objects(
    true: NDArray[Any],
    predicted: NDArray[Any],
    thresholds: Sequence[float] = IOU_THRESHOLDS,
) -> tuple[ObjectCounts, ...]:
    """Count the objects that are found, invented and missed.

    Parameters
    ----------
    true, predicted : ndarray of int, of the same shape
        Instance labels: 0 is background; numbers may have gaps.
    thresholds : sequence of float
        Lowest IoU at which an object counts as found.

    Returns
    -------
    tuple of ObjectCounts
        One for each threshold.

    Raises
    ------
    ValueError
        If the shapes differ, a label is negative or a threshold is not in (0, 1].

    Examples
    --------
    >>> count_objects(np.array([4, 4, 0, 7]), np.array([1, 1, 1, 0]), [0.5])
    (ObjectCounts(threshold=0.5, tp=1, fp=0, fn=1, iou_sum=0.6666666666666666),)
    """
    overlaps = find_overlaps(true, predicted)
    counts = []
    for threshold in thresholds:
        iou = overlaps.iou[match_objects(overlaps, threshold)]
        tp = len(iou)
        fp, fn = overlaps.n_predicted - tp, overlaps.n_true - tp
        # fsum: the order of the pairs must not matter to the last bit.
        counts.append(ObjectCounts(threshold, tp, fp, fn, math.fsum(iou)))
    return tuple(counts)


def count_image(
    true: NDArray[Any], predicted: NDArray[Any], foreground: NDArray[Any] | None = None
) -> ImageCounts:
    """Count the pixels and the objects of one image.

    Parameters
    ----------
    true, predicted : ndarray of int, of the same shape
        Instance labels: 0 is background; numbers may have gaps.
    foreground : ndarray of the same shape, optional
        Predicted foreground where above 0; the objects of `predicted` by default.
    """
    objects = count_objects(true, predicted)
    mask = predicted if foreground is None else foreground
    return ImageCounts(count_pixels(true, mask), objects)
