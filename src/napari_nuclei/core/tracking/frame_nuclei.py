"""Measure the nuclei of one frame for tracking."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.linking.slice_outlines import number_pixels

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class FrameNuclei:
    """The nuclei of one frame.

    Attributes
    ----------
    labels : ndarray of int64, shape (n,)
        Labels in the frame, ascending.
    centroids : ndarray of float64, shape (n, axes)
        Centroids in pixels along the axes (Z,) Y, X.
    areas : ndarray of float64, shape (n,)
        Areas in pixels, or volumes in voxels.
    touches_border : ndarray of bool, shape (n,)
        Whether a nucleus touches the border of the image in Y or X.
    """

    labels: Ints
    centroids: Floats
    areas: Floats
    touches_border: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.labels)

    def diameters(self, voxel_height: float = 1.0) -> Floats:
        """Return the diameters of discs, or balls, of the same size, in pixels.

        Parameters
        ----------
        voxel_height : float
            Distance between slices divided by the side of a pixel.
        """
        if self.centroids.shape[1] == 2:
            return 2 * np.sqrt(self.areas / np.pi)
        return np.cbrt(6 * self.areas * voxel_height / np.pi)


def measure_frame(frame: NDArray[np.integer]) -> FrameNuclei:
    """Return the centroids and sizes of the nuclei of a frame.

    Parameters
    ----------
    frame : ndarray of int, shape (Y, X) or (Z, Y, X)
        Labels; 0 is background.

    Examples
    --------
    >>> nuclei = measure_frame(np.array([[0, 7, 7], [0, 0, 0], [4, 0, 0]]))
    >>> nuclei.labels.tolist(), nuclei.centroids.tolist(), nuclei.areas.tolist()
    ([4, 7], [[2.0, 0.0], [0.0, 1.5]], [1.0, 2.0])
    """
    inside = np.nonzero(frame)
    labels, index = number_pixels(frame[inside])
    areas = np.bincount(index, minlength=len(labels)).astype(np.float64)
    sums = [np.bincount(index, pixels, len(labels)) for pixels in inside]
    edges = [frame[..., [0, -1], :], frame[..., [0, -1]]]
    at_edge = np.unique(np.concatenate([edge.ravel() for edge in edges]))
    return FrameNuclei(
        labels,
        np.stack(sums, axis=1) / areas[:, np.newaxis],
        areas,
        np.isin(labels, at_edge),
    )
