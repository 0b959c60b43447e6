"""Find nuclei that were painted with one number, and number them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from skimage.measure import label

if TYPE_CHECKING:
    import napari.layers

NUMBER_BUTTON = "Number the patches"

MIN_PATCH_FRACTION = 0.1
"""A part of a number is a patch if it has this fraction of the largest part's pixels;
smaller parts are slips of the brush."""

MIN_SHARED_FRACTION = 0.5
"""Numbers count as shared if this fraction of all patches has a number of others.

A few nuclei in two parts, as after a correction, are accepted."""


class SharedNumberError(ValueError):
    """Raised if separate patches have the same number.

    Attributes
    ----------
    layer : napari.layers.Labels
        The layer with the patches.
    plane_axes : tuple of int
        Row axis and column axis of the layer.
    """

    def __init__(self, message: str, layer: Any, plane_axes: tuple[int, int]) -> None:
        super().__init__(message)
        self.layer, self.plane_axes = layer, plane_axes


@dataclass(frozen=True, slots=True)
class Patches:
    """Connected patches of one number in a plane of labels.

    Attributes
    ----------
    index : ndarray of int, shape (Y, X)
        A number from 1 for each patch, 0 for background.
    numbers : ndarray of int, shape (patches,)
        The number with which each patch is painted.
    is_slip : ndarray of bool, shape (patches,)
        Whether a patch is a slip of the brush, see `MIN_PATCH_FRACTION`.
    """

    index: NDArray[np.intp]
    numbers: NDArray[Any]
    is_slip: NDArray[np.bool_]

    def count(self) -> tuple[int, int]:
        """Count the patches that share their number, and all; without slips."""
        _, counts = np.unique(self.numbers[~self.is_slip], return_counts=True)
        return int(counts[counts > 1].sum()), int(counts.sum())


def split_patches(labels: NDArray[Any]) -> Patches:
    """Split labels of shape (Y, X) into connected patches of one number.

    Examples
    --------
    >>> patches = split_patches(np.array([[1, 0, 1, 0, 2]]))
    >>> patches.numbers.tolist(), patches.count()
    ([1, 1, 2], (2, 3))
    """
    index = np.asarray(label(labels, background=0, connectivity=2), np.intp)
    ids, first = np.unique(index, return_index=True)
    numbers = labels.ravel()[first[ids > 0]]
    sizes = np.bincount(index.ravel(), minlength=1)[1:]
    largest = np.zeros(len(sizes), np.intp)
    _, of_number = np.unique(numbers, return_inverse=True)
    np.maximum.at(largest, of_number, sizes)
    return Patches(index, numbers, sizes < MIN_PATCH_FRACTION * largest[of_number])


def check_numbers(
    labels: NDArray[Any], layer: Any, plane_axes: tuple[int, int]
) -> None:
    """Raise SharedNumberError if most patches share their number with others.

    Parameters
    ----------
    labels : ndarray of int, shape (Y, X)
    layer : napari.layers.Labels
        The layer that the labels are from.
    plane_axes : tuple of int
        Row axis and column axis of the layer.
    """
    shared, total = split_patches(labels).count()
    if shared and shared >= MIN_SHARED_FRACTION * total:
        numbers = len(np.unique(labels[labels > 0]))
        have = "one number" if numbers == 1 else f"only {numbers} numbers"
        raise SharedNumberError(
            f"{total} separate patches have {have}, but each nucleus needs its own. "
            f'Press "{NUMBER_BUTTON}"',
            layer,
            plane_axes,
        )


def number_patches(
    layer: napari.layers.Labels, plane_axes: tuple[int, int], background: int = 0
) -> int:
    """Give each separate patch of a labels layer its own number; Ctrl+Z undoes it.

    The first patch of a number keeps it, and so do slips of the brush.

    Parameters
    ----------
    layer : napari.layers.Labels
    plane_axes : tuple of int
        Row axis and column axis of the layer.
    background : int
        Label with which background was painted; 0 for none. It is not changed.

    Returns
    -------
    int
        Number of patches that were changed.

    Raises
    ------
    ValueError
        If the layer's data type cannot hold the numbers.
    """
    data = layer.data[0] if layer.multiscale else layer.data
    largest = max(int(np.max(data)), background)
    stack = [n for axis, n in enumerate(data.shape) if axis not in plane_axes]
    indices: list[NDArray[np.intp]] = []
    values: list[NDArray[np.intp]] = []
    changed = 0
    for position in np.ndindex(*stack):
        rest = iter(position)
        where = tuple(
            slice(None) if axis in plane_axes else next(rest)
            for axis in range(data.ndim)
        )
        plane = np.array(data[where])
        plane[plane == background] = 0
        new_numbers = free_numbers(patches := split_patches(plane), largest + 1)
        is_new = new_numbers > 0
        changed += int(np.count_nonzero(is_new))
        largest = max(largest, int(new_numbers.max(initial=0)))
        pixels = np.nonzero(np.concatenate([[False], is_new])[patches.index])
        values.append(new_numbers[patches.index[pixels] - 1])
        in_layer = np.empty((data.ndim, len(pixels[0])), np.intp)
        others = [axis for axis in range(data.ndim) if axis not in plane_axes]
        in_layer[sorted(plane_axes)] = pixels
        in_layer[others] = np.reshape(position, (-1, 1))
        indices.append(in_layer)
    check_dtype(layer, largest)
    if changed:
        new_values = np.concatenate(values).astype(layer.dtype)
        layer.data_setitem(tuple(np.concatenate(indices, axis=1)), new_values)
    return changed


def free_numbers(patches: Patches, first_free: int) -> NDArray[np.intp]:
    """Return a new number for each patch whose number an earlier patch has; else 0."""
    new_numbers = np.zeros(len(patches.numbers), np.intp)
    seen: set[int] = set()
    for index, number in enumerate(patches.numbers.tolist()):
        if patches.is_slip[index]:
            continue
        if number in seen:
            new_numbers[index] = first_free
            first_free += 1
        seen.add(number)
    return new_numbers


def check_dtype(layer: napari.layers.Labels, largest: int) -> None:
    """Raise ValueError if a labels layer cannot hold a number."""
    limit = np.iinfo(layer.dtype).max
    if largest > limit:
        raise ValueError(
            f"{layer.name} holds numbers up to {limit} only, and {largest} are needed; "
            "convert its data type (right-click on the layer)"
        )
