"""Keep corrected nuclei in a new segmentation of the same image."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.config.keywords import suggests_keywords

MAX_OVERLAP = 0.2
"""Largest overlap with a corrected nucleus, as a fraction of either nucleus, at which a
new nucleus is kept. The overlap is cut off from the new nucleus."""

MAX_DELETED = 0.5
"""Largest fraction of deleted pixels in a new nucleus that is kept."""


@dataclass(frozen=True, slots=True, eq=False)
class KeptNuclei:
    """A new segmentation with the corrected nuclei of an earlier one.

    Attributes
    ----------
    labels : ndarray of int32
        Corrected nuclei have the numbers and the pixels of the earlier segmentation;
        the others have the smallest free numbers, in the order of the new ones.
    corrected : tuple of int
        Numbers of the corrected nuclei, ascending.
    left_out : tuple of int
        New nuclei that are not in `labels`, by their new numbers, ascending.
    """

    labels: NDArray[np.int32]
    corrected: tuple[int, ...]
    left_out: tuple[int, ...]


@suggests_keywords
def keep_corrected(
    new_labels: NDArray[np.integer[Any]],
    old_labels: NDArray[np.integer[Any]],
    corrected: Collection[int],
    deleted: NDArray[np.bool_] | None = None,
) -> KeptNuclei:
    """Put the corrected nuclei of earlier labels into new labels of the same image.

    Parameters
    ----------
    new_labels : ndarray of int, shape (Y, X) or (Z, Y, X)
    old_labels : ndarray of int, of the shape of `new_labels`
        The corrected labels.
    corrected : collection of int
        Numbers in `old_labels`: nuclei that were corrected or accepted.
    deleted : ndarray of bool, of the shape of `new_labels`, optional
        Pixels of the nuclei that were deleted.

    Returns
    -------
    KeptNuclei

    Raises
    ------
    ValueError
        If the shapes differ.

    Examples
    --------
    >>> old = np.array([[7, 7, 7, 0, 0, 0, 0, 0]])
    >>> new = np.array([[0, 1, 1, 0, 2, 2, 3, 3]])
    >>> gone = np.array([[0, 0, 0, 0, 1, 1, 0, 0]], bool)
    >>> kept = keep_corrected(new, old, [7], gone)
    >>> kept.labels.tolist(), kept.left_out
    ([[7, 7, 7, 0, 0, 0, 1, 1]], (1, 2))
    """
    for name, array in (("old_labels", old_labels), ("deleted", deleted)):
        if array is not None and array.shape != new_labels.shape:
            raise ValueError(
                f"{name} must have the shape of new_labels, {new_labels.shape}; got "
                f"{array.shape}"
            )
    corrected_numbers = np.array(
        sorted({int(number) for number in corrected} - {0}), np.int64
    )
    is_kept = np.isin(old_labels, corrected_numbers) & (old_labels > 0)
    numbers, index = np.unique(new_labels, return_inverse=True)
    index = index.reshape(new_labels.shape)
    area = np.bincount(index.ravel(), minlength=len(numbers))
    leave_out = crowds(index, area, np.where(is_kept, old_labels, 0))
    if deleted is not None:
        lost = np.bincount(index[deleted], minlength=len(numbers))
        leave_out |= lost > MAX_DELETED * area
    leave_out[numbers <= 0] = False
    retained = (numbers > 0) & ~leave_out
    retained &= np.bincount(index[~is_kept], minlength=len(numbers)) > 0
    kept_numbers = np.unique(old_labels[is_kept])
    final = np.zeros(len(numbers), np.int32)
    final[retained] = free_numbers(int(retained.sum()), kept_numbers)
    labels = np.where(is_kept, old_labels, final[index]).astype(np.int32)
    missing = numbers[(numbers > 0) & ~retained]
    return KeptNuclei(labels, tuple(kept_numbers.tolist()), tuple(missing.tolist()))


def crowds(
    index: NDArray[np.intp], area: NDArray[np.intp], kept: NDArray[np.integer[Any]]
) -> NDArray[np.bool_]:
    """Return which new nuclei overlap a kept nucleus by more than `MAX_OVERLAP`.

    Parameters
    ----------
    index : ndarray of int
        Position of each pixel's new nucleus in `area`.
    area : ndarray of int, shape (nuclei,)
        In pixels.
    kept : ndarray of int, of the shape of `index`
        Labels of the kept nuclei.
    """
    inside = kept > 0
    numbers, kept_index, sizes = np.unique(
        kept[inside], return_inverse=True, return_counts=True
    )
    pairs, counts = np.unique(
        index[inside] * max(len(numbers), 1) + kept_index, return_counts=True
    )
    first, second = np.divmod(pairs, max(len(numbers), 1))
    covered = np.bincount(index[inside], minlength=len(area))
    overlaps_much = covered > MAX_OVERLAP * area
    overlaps_much[first[counts > MAX_OVERLAP * sizes[second]]] = True
    return np.asarray(overlaps_much, bool)


def free_numbers(count: int, used: NDArray[np.integer[Any]]) -> NDArray[np.int32]:
    """Return the smallest positive numbers that are not used, ascending.

    Examples
    --------
    >>> free_numbers(3, np.array([2, 3])).tolist()
    [1, 4, 5]
    """
    candidates = np.arange(1, count + len(used) + 1, dtype=np.int32)
    return candidates[~np.isin(candidates, used)][:count]
