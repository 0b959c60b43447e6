"""Nuclei told apart by where the network says that each pixel's centre lies.

Every pixel deep in a nucleus votes for a place; those of one nucleus vote for about the
same one, and those of its neighbour for another, however closely the two touch.

Reference
---------
Neven et al., "Instance segmentation by jointly optimizing spatial embeddings and
clustering bandwidth", 2019, https://arxiv.org/abs/1906.11109
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.instances.object_pixels import (
    LabelledPixels,
    SparseLabels,
    connected_components,
)
from napari_nuclei.core.row_bands import (
    BAND_HEIGHT,
    map_threads,
    split_rows,
    threshold_blurred,
)
from napari_nuclei.core.targets import decode_offsets

Floats = NDArray[np.float32]

VOTE_SIGMA = 1.5
"""Sigma, in pixels, by which the plane of votes is smoothed."""

MIN_VOTE_DENSITY = 0.5
"""Smoothed votes, per pixel, that make a place part of a seed."""


def voted_indices(offsets: Floats, indices: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return where the offsets of pixels lead.

    Parameters
    ----------
    offsets : ndarray of float32, shape (2, Y, X)
        As of `encode_offsets`, down and right.
    indices : ndarray of int, shape (n,)
        Pixels, as indices into the flattened plane.

    Returns
    -------
    ndarray of int, shape (n,)
        Indices into the flattened plane; what leads out of it ends at its edge.
    """
    _, height, width = offsets.shape
    ends = []
    for start, plane, side in zip(
        np.divmod(indices, width), offsets, (height, width), strict=True
    ):
        end = start + decode_offsets(plane.ravel().take(indices))
        ends.append(np.rint(end).clip(0, side - 1).astype(np.intp))
    return np.asarray(ends[0] * width + ends[1], np.intp)


def cluster_votes(
    core: NDArray[np.bool_],
    offsets: Floats,
    components: NDArray[np.int32],
    *,
    band_height: int = BAND_HEIGHT,
) -> SparseLabels:
    """Return nuclei as the pixels that vote for them.

    A vote for a place in another body, or in none, counts for nothing.

    Parameters
    ----------
    core : ndarray of bool, shape (Y, X)
        The pixels that vote: those deep in the foreground. The rim is less sure of its
        centre, and goes to the nearest of these.
    offsets : ndarray of float32, shape (2, Y, X)
        As of `encode_offsets`, down and right.
    components : ndarray of int32, shape (Y, X)
        Components of the foreground; a nucleus lies in one of them.
    band_height : int
        Rows that are done at once; any number gives the same.
    """
    height, width = core.shape

    def land(rows: slice) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Return the voters of a strip, and the places that they vote for."""
        indices = np.flatnonzero(core[rows]) + rows.start * width
        return indices, voted_indices(offsets, indices)

    landed = map_threads(land, split_rows(height, band_height))
    votes = np.zeros((height, width), np.float32)
    for _, ends in landed:
        first = int(ends.min(initial=votes.size))
        found = np.bincount(ends - first)
        votes.ravel()[first : first + len(found)] += found
    dense = threshold_blurred(
        votes, VOTE_SIGMA, MIN_VOTE_DENSITY, band_height=band_height
    ) & (components > 0)
    nucleus_at, body_at = (
        connected_components(dense, connectivity=4).ravel(),
        components.ravel(),
    )

    def sort(voters: tuple[NDArray[np.intp], NDArray[np.intp]]) -> LabelledPixels:
        indices, ends = voters
        label_values = nucleus_at.take(ends)
        valid = (label_values > 0) & (body_at.take(ends) == body_at.take(indices))
        return LabelledPixels(indices[valid], label_values[valid])

    return SparseLabels.from_pixels((height, width), map_threads(sort, landed))
