"""The outlines of one slice: areas, light, and which ones the border cuts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.instances.label import border_pixels
from napari_nuclei.core.linking.contrast import Floats


@dataclass(frozen=True, slots=True)
class SliceOutlines:
    """The outlines of one slice.

    Attributes
    ----------
    labels : ndarray of int64, shape (outlines,)
        Their labels, ascending.
    areas : ndarray of int64, shape (outlines,)
        In pixels.
    light : ndarray of float64, shape (outlines,)
        Sum of the contrast of their pixels, above 0; the area without an image.
    cut : ndarray of bool, shape (outlines,)
        Whether they touch the border of the slice.
    """

    labels: NDArray[np.int64]
    areas: NDArray[np.int64]
    light: NDArray[np.float64]
    cut: NDArray[np.bool_]

    @property
    def areas_by_position(self) -> NDArray[np.int64]:
        """Area of each outline at its position from 1; 0 at position 0."""
        return np.concatenate([np.zeros(1, np.int64), self.areas])

    @property
    def brightness(self) -> NDArray[np.float64]:
        """Mean contrast of each outline."""
        return self.light / self.areas


def measure_outlines(
    plane: NDArray[np.integer], contrast: Floats | None
) -> SliceOutlines:
    """Measure the outlines of a slice.

    Parameters
    ----------
    plane : ndarray of int, shape (Y, X)
        Labels of the slice.
    contrast : ndarray of float32, shape (Y, X), optional
        As of `SliceBackground.contrast`.
    """
    inside = plane > 0
    labels, number = number_pixels(plane[inside])
    areas = np.bincount(number, minlength=len(labels))
    light = areas.astype(np.float64)
    if contrast is not None:
        light = sum_light(number, contrast[inside], len(labels))
    cut = np.isin(labels, np.concatenate(border_pixels(plane)))
    return SliceOutlines(labels, areas.astype(np.int64), light, cut)


def number_pixels(
    labels: NDArray[np.integer],
) -> tuple[NDArray[np.int64], NDArray[np.intp]]:
    """Return the labels that occur, ascending, and the index among them of each pixel.

    Parameters
    ----------
    labels : ndarray of int, shape (pixels,)
        Above 0.

    Examples
    --------
    >>> names, index = number_pixels(np.array([7, 2, 7]))
    >>> names.tolist(), index.tolist()
    ([2, 7], [1, 0, 1])
    """
    highest = int(labels.max(initial=0))
    if highest > 4 * len(labels) + 1000:  # numbers with wide gaps
        found, number = np.unique(labels, return_inverse=True)
        return found.astype(np.int64), number
    occurs = np.bincount(labels, minlength=highest + 1) > 0
    return np.flatnonzero(occurs).astype(np.int64), (np.cumsum(occurs) - 1)[labels]


def index_labels(
    plane: NDArray[np.integer], labels: NDArray[np.integer]
) -> NDArray[np.intp]:
    """Return for each pixel the index of its label in `labels` plus 1, or 0.

    Examples
    --------
    >>> index_labels(np.array([0, 7, 5, 8]), np.array([7, 5])).tolist()
    [0, 1, 2, 0]
    """
    highest = max(int(plane.max(initial=0)), int(labels.max(initial=0)))
    if highest <= 4 * plane.size + 1000:
        table = np.zeros(highest + 1, np.intp)
        table[labels] = np.arange(1, len(labels) + 1)
        return np.asarray(table[plane])
    order = np.argsort(labels)
    names = np.concatenate([[0], labels[order]])
    index = np.searchsorted(names, plane).clip(max=len(labels))
    numbers = np.concatenate([[0], order + 1])
    return np.where(names[index] == plane, numbers[index], 0)


def sum_light(
    number: NDArray[np.integer], contrast: Floats, count: int
) -> NDArray[np.float64]:
    """Return the sum of the contrast over each of `count` outlines, above 0."""
    sums = np.bincount(number, contrast, count)
    return np.maximum(sums, np.finfo(np.float32).tiny)
