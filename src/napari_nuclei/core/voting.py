"""Nuclei told apart by where the network says that each pixel's centre lies.

Every pixel votes for a place; the pixels of one nucleus vote for about the same one,
and those of its neighbour for another, however closely the two touch.

Reference
---------
Neven et al., "Instance segmentation by jointly optimizing spatial embeddings and
clustering bandwidth", 2019, https://arxiv.org/abs/1906.11109
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.objects import Marks, Objects, components
from napari_nuclei.core.strips import STRIP, blurred_above, on_every_core, strips
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
    away = offset_pixels(offsets.reshape(2, -1)[:, places])
    ends = []
    for start, by, side in zip(
        np.divmod(places, width), away, (height, width), strict=True
    ):
        ends.append(np.rint(start + by).clip(0, side - 1).astype(np.intp))
    return np.asarray(ends[0] * width + ends[1], np.intp)


def count_votes(
    bodies: NDArray[np.int32],
    core: NDArray[np.bool_],
    offsets: Floats,
    *,
    strip: int = STRIP,
) -> Objects:
    """Return nuclei as the pixels that vote for them.

    A vote for a place in another body, or in none, counts for nothing.

    Parameters
    ----------
    bodies : ndarray of int32, shape (Y, X)
        Components of the foreground; a nucleus lies in one of them.
    core : ndarray of bool, shape (Y, X)
        What lies deep enough in the foreground for its votes to make a nucleus.
    offsets : ndarray of float32, shape (2, Y, X)
    strip : int
        Rows that are done at once; any number gives the same.
    """
    height, width = bodies.shape

    def land(rows: slice) -> tuple[Marks, NDArray[np.intp]]:
        """Return the foreground of a strip, and where its pixels vote for."""
        inside = Marks.of(bodies[rows], rows.start * width)
        return inside, landing_places(offsets, inside.places)

    landed = on_every_core(land, strips(height, strip))
    votes = np.zeros((height, width), np.float32)
    for inside, ends in landed:
        counted = ends[core.ravel().take(inside.places)]
        first = int(counted.min(initial=votes.size))
        found = np.bincount(counted - first)
        votes.ravel()[first : first + len(found)] += found
    dense = blurred_above(votes, SPREAD, VOTES, strip=strip) & (bodies > 0)
    nucleus_at = components(dense, connectivity=4).ravel()

    def sort(vote: tuple[Marks, NDArray[np.intp]]) -> Marks:
        inside, ends = vote
        numbers = nucleus_at.take(ends)
        valid = (numbers > 0) & (bodies.ravel().take(ends) == inside.numbers)
        return Marks(inside.places[valid], numbers[valid])

    return Objects.made_of((height, width), on_every_core(sort, landed))
