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

from napari_nuclei.core.scores import ImageCounts, ObjectCounts, PixelCounts

IOU_THRESHOLDS = tuple(round(0.5 + 0.05 * step, 2) for step in range(10))
"""The IoU thresholds at which objects are counted: 0.5 to 0.95."""


@dataclass(frozen=True, slots=True)
class Overlaps:
    """Hold the pairs of a true and a predicted object that share pixels.

    Attributes
    ----------
    true, predicted : ndarray of int, shape (pairs,)
        Labels of the two objects of each pair.
    iou : ndarray of float64, shape (pairs,)
        Intersection over union of each pair.
    n_true, n_predicted : int
        Number of all objects, with or without a shared pixel.
    """

    true: NDArray[Any]
    predicted: NDArray[Any]
    iou: NDArray[np.float64]
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
    truth, found = true > 0, predicted > 0
    both = int(np.count_nonzero(truth & found))
    fp, fn = int(np.count_nonzero(found)) - both, int(np.count_nonzero(truth)) - both
    return PixelCounts(both, fp, fn, truth.size - both - fp - fn)


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
    names_true, rows = np.unique(true, return_inverse=True)
    names_predicted, columns = np.unique(predicted, return_inverse=True)
    for which, names in (("true", names_true), ("predicted", names_predicted)):
        if len(names) and names[0] < 0:
            raise ValueError(f"{which} labels must not be negative; got {names[0]}")
    # A sparse table, since each object overlaps only a few of thousands.
    table = sparse.coo_array(
        (np.ones(true.size, np.int64), (rows.ravel(), columns.ravel())),
        shape=(len(names_true), len(names_predicted)),
    ).tocsr()
    size_true, size_predicted = table.sum(axis=1), table.sum(axis=0)
    table = table.tocoo()
    objects = (names_true[table.row] > 0) & (names_predicted[table.col] > 0)
    row, column, shared = table.row[objects], table.col[objects], table.data[objects]
    union = size_true[row] + size_predicted[column] - shared
    n_true, n_predicted = (
        int(np.count_nonzero(names)) for names in (names_true, names_predicted)
    )
    return Overlaps(
        names_true[row], names_predicted[column], shared / union, n_true, n_predicted
    )


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
    _, row, in_row = np.unique(
        overlaps.true[candidates], return_inverse=True, return_counts=True
    )
    _, column, in_column = np.unique(
        overlaps.predicted[candidates], return_inverse=True, return_counts=True
    )
    # Most pairs are unique: above an IoU of 0.5 all are. Only the others need an
    # assignment, whose time grows with the cube of the number of objects.
    ambiguous = (in_row[row] > 1) | (in_column[column] > 1)
    if not ambiguous.any():
        return candidates
    choices = candidates[ambiguous]
    rows, row = np.unique(row[ambiguous], return_inverse=True)
    columns, column = np.unique(column[ambiguous], return_inverse=True)
    gain = np.zeros((len(rows), len(columns)))
    # The sum of all IoU terms stays below the gain of one more pair.
    gain[row, column] = 1 + overlaps.iou[choices] / (2 * min(gain.shape))
    pair = np.full(gain.shape, -1)
    pair[row, column] = choices
    chosen = pair[linear_sum_assignment(gain, maximize=True)]
    return np.sort(np.concatenate([candidates[~ambiguous], chosen[chosen >= 0]]))


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
