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

from napari_nuclei.core.instances.object_pixels import Marks, Objects, components
from napari_nuclei.core.row_bands import STRIP, blurred_above, on_every_core, strips
from napari_nuclei.core.targets import offset_pixels

Floats = NDArray[np.float32]

SPREAD = 1.5
"""Sigma, in pixels, by which the plane of votes is smoothed."""

VOTES = 0.5
"""Smoothed votes, per pixel, that make a place part of a seed."""


def landing_places(offsets: Floats, places: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return where the offsets of pixels lead.

    Parameters
    ----------
    offsets : ndarray of float32, shape (2, Y, X)
        As of `centre_offsets`, down and right.
    places : ndarray of int, shape (n,)
        Pixels, as indices into the flattened plane.

    Returns
    -------
    ndarray of int, shape (n,)
        Indices into the flattened plane; what leads out of it ends at its edge.
    """
    _, height, width = offsets.shape
    ends = []
    for start, plane, side in zip(
        np.divmod(places, width), offsets, (height, width), strict=True
    ):
        end = start + offset_pixels(plane.ravel().take(places))
        ends.append(np.rint(end).clip(0, side - 1).astype(np.intp))
    return np.asarray(ends[0] * width + ends[1], np.intp)


def count_votes(
    core: NDArray[np.bool_],
    offsets: Floats,
    bodies: NDArray[np.int32],
    *,
    strip: int = STRIP,
) -> Objects:
    """Return nuclei as the pixels that vote for them.

    A vote for a place in another body, or in none, counts for nothing.

    Parameters
    ----------
    core : ndarray of bool, shape (Y, X)
        The pixels that vote: those deep in the foreground. The rim is less sure of its
        centre, and goes to the nearest of these.
    offsets : ndarray of float32, shape (2, Y, X)
        As of `centre_offsets`, down and right.
    bodies : ndarray of int32, shape (Y, X)
        Components of the foreground; a nucleus lies in one of them.
    strip : int
        Rows that are done at once; any number gives the same.
    """
    height, width = core.shape

    def land(rows: slice) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Return the voters of a strip, and the places that they vote for."""
        places = np.flatnonzero(core[rows]) + rows.start * width
        return places, landing_places(offsets, places)

    landed = on_every_core(land, strips(height, strip))
    votes = np.zeros((height, width), np.float32)
    for _, ends in landed:
        first = int(ends.min(initial=votes.size))
        found = np.bincount(ends - first)
        votes.ravel()[first : first + len(found)] += found
    dense = blurred_above(votes, SPREAD, VOTES, strip=strip) & (bodies > 0)
    nucleus_at, body_at = components(dense, connectivity=4).ravel(), bodies.ravel()

    def sort(voters: tuple[NDArray[np.intp], NDArray[np.intp]]) -> Marks:
        places, ends = voters
        numbers = nucleus_at.take(ends)
        valid = (numbers > 0) & (body_at.take(ends) == body_at.take(places))
        return Marks(places[valid], numbers[valid])

    return Objects.made_of((height, width), on_every_core(sort, landed))
