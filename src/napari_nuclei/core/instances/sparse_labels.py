"""Labels of a plane stored as the pixels of each object, without the background."""

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
    """Return the connected components of a mask (Y, X), numbered from 1."""
    _, labels = cv2.connectedComponents(
        mask.view(np.uint8), connectivity=connectivity, ltype=cv2.CV_32S
    )
    return np.asarray(labels, np.int32)


@dataclass(frozen=True, slots=True)
class LabelledPixels:
    """The labelled pixels of a plane or of a row band.

    Attributes
    ----------
    indices : ndarray of int, shape (n,)
        Ascending indices into the flattened plane.
    label_values : ndarray of int32, shape (n,)
        Label of each pixel, above 0.
    """

    indices: NDArray[np.intp]
    label_values: NDArray[np.int32]

    @classmethod
    def from_labels(cls, labels: NDArray[np.int32], first: int = 0) -> LabelledPixels:
        """Return the labelled pixels of rows whose first pixel has index `first`."""
        indices = np.flatnonzero(labels > 0)
        return cls(indices + first, labels.ravel().take(indices))


@dataclass(frozen=True, slots=True)
class SparseLabels:
    """Labels of a plane that are filtered and renumbered without rewriting pixels.

    Attributes
    ----------
    shape : tuple of int
        Height and width of the plane, in pixels.
    bands : tuple of LabelledPixels
        The labelled pixels of each row band, with their original labels.
    forward_map : ndarray of int32
        The current label of each original label; 0 for an object that was filtered out.
        Objects stay in order.
    areas : ndarray of int, shape (count + 1,)
        Pixels of each object; 0 for the background.
    """

    shape: tuple[int, int]
    bands: tuple[LabelledPixels, ...]
    forward_map: NDArray[np.int32]
    areas: NDArray[np.intp]

    @classmethod
    def from_labels(cls, labels: NDArray[np.int32]) -> SparseLabels:
        """Return sparse labels from labels (Y, X), whose numbers may have gaps."""
        height, width = labels.shape

        def read_band(rows: slice) -> LabelledPixels:
            return LabelledPixels.from_labels(labels[rows], rows.start * width)

        bands = map_threads(read_band, split_rows(height))
        return cls.from_pixels((height, width), bands)

    @classmethod
    def from_pixels(
        cls, shape: tuple[int, int], bands: Sequence[LabelledPixels]
    ) -> SparseLabels:
        """Return sparse labels from the labelled pixels of consecutive row bands."""
        last = max(int(band.label_values.max(initial=0)) for band in bands)
        counts = [np.bincount(band.label_values, minlength=last + 1) for band in bands]
        unchanged = np.arange(last + 1, dtype=np.int32)
        return cls(shape, tuple(bands), unchanged, np.sum(counts, axis=0))

    @property
    def count(self) -> int:
        """The highest label."""
        return len(self.areas) - 1

    def filter(self, selected: NDArray[np.bool_]) -> SparseLabels:
        """Return the selected objects, renumbered from 1 in order.

        Parameters
        ----------
        selected : ndarray of bool, shape (count + 1,)
            Whether to select each object; entry 0 is ignored.

        Returns
        -------
        SparseLabels
            `self` if every object is selected.
        """
        if selected[1:].all():
            return self
        new_labels = np.cumsum(selected[1:], dtype=np.int32)
        new_labels[~selected[1:]] = 0
        new_labels = np.concatenate([np.zeros(1, np.int32), new_labels])
        areas = np.concatenate([self.areas[:1], self.areas[1:][selected[1:]]])
        return replace(self, forward_map=new_labels.take(self.forward_map), areas=areas)

    def remove_small(self, area: float) -> SparseLabels:
        """Return the objects of at least `area` pixels, and of at least one."""
        return self.filter(self.areas >= max(area, 1))

    def sum_values(self, values: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return the sum of a plane's values (Y, X) over each object; entry 0 is 0."""
        flat, length = values.ravel(), len(self.forward_map)

        def sum_band(band: LabelledPixels) -> NDArray[np.float64]:
            weights = flat.take(band.indices).astype(np.float64)
            return np.asarray(
                np.bincount(band.label_values, weights, length), np.float64
            )

        total = np.sum(map_threads(sum_band, self.bands), axis=0)
        return np.concatenate([np.zeros(1), total[np.flatnonzero(self.forward_map)]])

    def sample_plane(self, plane: NDArray[np.int32]) -> NDArray[np.int32]:
        """Return the value of a plane (Y, X) at one pixel of each object.

        Returns
        -------
        ndarray of int32, shape (count + 1,)
            0 for the background, and for an object without pixels.
        """
        flat, sampled = plane.ravel(), np.zeros(len(self.forward_map), np.int32)

        def sample_band(band: LabelledPixels) -> None:
            sampled[band.label_values] = flat.take(band.indices)

        map_threads(sample_band, self.bands)
        ordered = np.flatnonzero(self.forward_map)
        return np.concatenate([np.zeros(1, np.int32), sampled[ordered]])

    def pixels_in_rows(self, rows: slice) -> LabelledPixels:
        """Return the labelled pixels of some rows, with indices from the first row."""
        width = self.shape[1]
        first, last = rows.start * width, rows.stop * width
        indices, label_values = [np.zeros(0, np.intp)], [np.zeros(0, np.int32)]
        for band in self.bands:
            low, high = np.searchsorted(band.indices, (first, last))
            current = self.forward_map.take(band.label_values[low:high])
            labelled = np.s_[:] if current.all() else current > 0
            indices.append(band.indices[low:high][labelled] - first)
            label_values.append(current[labelled])
        return LabelledPixels(np.concatenate(indices), np.concatenate(label_values))

    def to_labels(self) -> NDArray[np.int32]:
        """Return a plane of labels (Y, X) with 0 as background."""
        plane = np.zeros(self.shape, np.int32)
        flat = plane.ravel()

        def write_band(band: LabelledPixels) -> None:
            flat[band.indices] = self.forward_map.take(band.label_values)

        map_threads(write_band, self.bands)
        return plane
