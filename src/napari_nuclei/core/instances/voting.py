"""Make markers from the offsets that the network predicts.

Each pixel deep in a nucleus votes for the position of the nucleus' centre. All votes of
a nucleus fall near one position, so the votes of touching nuclei form separate
clusters.

References
----------
Neven et al., "Instance segmentation by jointly optimizing spatial embeddings and
clustering bandwidth", 2019, https://arxiv.org/abs/1906.11109
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.instances.sparse_labels import (
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
"""Sigma, in pixels, of the Gaussian that smooths the number of votes."""

MIN_VOTE_DENSITY = 0.5
"""Lowest smoothed number of votes at a pixel that is part of a nucleus' centre."""


def voted_indices(offsets: Floats, indices: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return the pixel that each pixel votes for.

    Parameters
    ----------
    offsets : ndarray of float32, shape (2, Y, X)
        Encoded offsets, down and right; see `encode_offsets`.
    indices : ndarray of int, shape (n,)
        Indices of the voting pixels into the flattened plane.

    Returns
    -------
    ndarray of int, shape (n,)
        Indices into the flattened plane, clipped to the plane.
    """
    _, height, width = offsets.shape
    rows = indices // width
    ends = []
    for start, plane, side in zip(
        (rows, indices - rows * width), offsets, (height, width), strict=True
    ):
        end = decode_offsets(plane.ravel().take(indices)).astype(np.float64)
        end += start
        np.rint(end, out=end)
        ends.append(np.clip(end, 0, side - 1, out=end).astype(np.intp))
    row, column = ends
    row *= width
    row += column
    return row


def cluster_votes(
    voters: NDArray[np.bool_],
    offsets: Floats,
    components: NDArray[np.int32],
    *,
    band_height: int = BAND_HEIGHT,
) -> SparseLabels:
    """Return a marker for each cluster of votes: the pixels that vote for it.

    Votes for a pixel outside the voter's component are ignored.

    Parameters
    ----------
    voters : ndarray of bool, shape (Y, X)
        True for the pixels that vote, deep in the foreground. The offsets near an edge
        are less accurate.
    offsets : ndarray of float32, shape (2, Y, X)
        Encoded offsets, down and right; see `encode_offsets`.
    components : ndarray of int32, shape (Y, X)
        Components of the foreground, numbered from 1.
    band_height : int
        Rows that are processed at once; the result does not depend on it.

    Returns
    -------
    SparseLabels
    """
    height, width = voters.shape

    def find_votes(rows: slice) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Return the indices of a row band's voters and of the pixels voted for."""
        indices = np.flatnonzero(voters[rows]) + rows.start * width
        return indices, voted_indices(offsets, indices)

    votes = map_threads(find_votes, split_rows(height, band_height))
    counts = np.zeros((height, width), np.float32)
    for _, ends in votes:
        np.add.at(counts.ravel(), ends, np.float32(1))
    dense = threshold_blurred(
        counts, VOTE_SIGMA, MIN_VOTE_DENSITY, band_height=band_height
    ) & (components > 0)
    centres = connected_components(dense, connectivity=4).ravel()
    component_of = components.ravel()

    def label_voters(
        band_votes: tuple[NDArray[np.intp], NDArray[np.intp]],
    ) -> LabelledPixels:
        indices, ends = band_votes
        label_values = centres.take(ends)
        same_component = component_of.take(ends) == component_of.take(indices)
        valid = (label_values > 0) & same_component
        return LabelledPixels(indices[valid], label_values[valid])

    bands = map_threads(label_voters, votes)
    return SparseLabels.from_pixels((height, width), bands)
