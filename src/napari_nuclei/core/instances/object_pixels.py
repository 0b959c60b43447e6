"""Numbered objects as the pixels they hold, without the background between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.row_bands import map_threads, split_rows


def connected_components(
    mask: NDArray[np.bool_], connectivity: int = 8
) -> NDArray[np.int32]:
    """Return the connected components of a mask, numbered from 1."""
    _, labels = cv2.connectedComponents(
        mask.view(np.uint8), connectivity=connectivity, ltype=cv2.CV_32S
    )
    return np.asarray(labels, np.int32)


@dataclass(frozen=True, slots=True)
class LabelledPixels:
    """Numbered pixels of a plane.

    Attributes
    ----------
    indices : ndarray of int, shape (n,)
        Indices into the flattened plane, in order.
    label_values : ndarray of int32, shape (n,)
        Above 0.
    """

    indices: NDArray[np.intp]
    label_values: NDArray[np.int32]

    @classmethod
    def from_labels(cls, labels: NDArray[np.int32], first: int = 0) -> LabelledPixels:
        """Return the labelled pixels of rows that begin at a place of the plane."""
        indices = np.flatnonzero(labels > 0)
        return cls(indices + first, labels.ravel().take(indices))


@dataclass(frozen=True, slots=True)
class SparseLabels:
    """The objects of a plane, which can be dropped and renumbered in no time.

    Attributes
    ----------
    shape : tuple of int
        Height and width of the plane, in pixels.
    bands : tuple of LabelledPixels
        The objects' pixels, a strip of rows after the other, as first numbered.
    forward_map : ndarray of int32
        For each first number the present one, 0 for those that are dropped. Objects
        keep their order.
    areas : ndarray of int, shape (count + 1,)
        Pixels of each object; none of 0, the background.
    """

    shape: tuple[int, int]
    bands: tuple[LabelledPixels, ...]
    forward_map: NDArray[np.int32]
    areas: NDArray[np.intp]

    @classmethod
    def from_labels(cls, labels: NDArray[np.int32]) -> SparseLabels:
        """Return the objects of labels, which may skip numbers."""
        height, width = labels.shape

        def marks(rows: slice) -> LabelledPixels:
            return LabelledPixels.from_labels(labels[rows], rows.start * width)

        return cls.from_pixels((height, width), map_threads(marks, split_rows(height)))

    @classmethod
    def from_pixels(
        cls, shape: tuple[int, int], bands: Sequence[LabelledPixels]
    ) -> SparseLabels:
        """Return the objects whose pixels are given, a strip after the other."""
        last = max(int(part.label_values.max(initial=0)) for part in bands)
        counts = [np.bincount(part.label_values, minlength=last + 1) for part in bands]
        label_values = np.arange(last + 1, dtype=np.int32)
        return cls(shape, tuple(bands), label_values, np.sum(counts, axis=0))

    @property
    def count(self) -> int:
        """The highest number."""
        return len(self.areas) - 1

    def filter(self, keep: NDArray[np.bool_]) -> SparseLabels:
        """Return the objects to keep, numbered from 1 in order; `keep[0]` is ignored.

        The same ones, if all are to be kept.
        """
        if keep[1:].all():
            return self
        label_values = np.cumsum(keep[1:], dtype=np.int32)
        label_values[~keep[1:]] = 0
        label_values = np.concatenate([np.zeros(1, np.int32), label_values])
        areas = np.concatenate([self.areas[:1], self.areas[1:][keep[1:]]])
        return replace(
            self, forward_map=label_values.take(self.forward_map), areas=areas
        )

    def remove_small(self, area: float) -> SparseLabels:
        """Return the objects of at least so many pixels, and of at least one."""
        return self.filter(self.areas >= max(area, 1))

    def sum_values(self, values: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return the sum of a plane's values (Y, X) over each object; entry 0 is 0."""
        flat, length = values.ravel(), len(self.forward_map)

        def sums_of(part: LabelledPixels) -> NDArray[np.float64]:
            weights = flat.take(part.indices).astype(np.float64)
            return np.asarray(
                np.bincount(part.label_values, weights, length), np.float64
            )

        total = np.sum(map_threads(sums_of, self.bands), axis=0)
        return np.concatenate([np.zeros(1), total[np.flatnonzero(self.forward_map)]])

    def sample_plane(self, plane: NDArray[np.int32]) -> NDArray[np.int32]:
        """Return a plane's value at one pixel of each object; 0 where it has none."""
        flat, found = plane.ravel(), np.zeros(len(self.forward_map), np.int32)

        def look(part: LabelledPixels) -> None:
            begins = np.flatnonzero(np.diff(part.label_values, prepend=0))
            found[part.label_values.take(begins)] = flat.take(part.indices.take(begins))

        map_threads(look, self.bands)
        ordered = np.flatnonzero(self.forward_map)
        return np.concatenate([np.zeros(1, np.int32), found[ordered]])

    def pixels_in_rows(self, rows: slice) -> LabelledPixels:
        """Return the pixels in some rows, with places counted from the first row."""
        width = self.shape[1]
        first, last = rows.start * width, rows.stop * width
        indices, label_values = [np.zeros(0, np.intp)], [np.zeros(0, np.int32)]
        for part in self.bands:
            low, high = np.searchsorted(part.indices, (first, last))
            present = self.forward_map.take(part.label_values[low:high])
            stays = np.s_[:] if present.all() else present > 0
            indices.append(part.indices[low:high][stays] - first)
            label_values.append(present[stays])
        return LabelledPixels(np.concatenate(indices), np.concatenate(label_values))

    def to_labels(self) -> NDArray[np.int32]:
        """Return labels (Y, X): the objects' numbers, 0 elsewhere."""
        plane = np.zeros(self.shape, np.int32)
        flat = plane.ravel()

        def write(part: LabelledPixels) -> None:
            flat[part.indices] = self.forward_map.take(part.label_values)

        map_threads(write, self.bands)
        return plane
