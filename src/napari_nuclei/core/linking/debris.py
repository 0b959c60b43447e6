"""Which joined nuclei are debris, light out of focus, or noise."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import median_filter

SMALL = 0.5
"""Nuclei of more than this fraction of the median volume are never left out as faint:
nuclei of one stack may differ in brightness by a factor of ten."""

NEIGHBOURS = 31
"""Number of nuclei, from the same depth, with whose median light a nucleus is compared:
deep in a sample all nuclei are dim."""

Floats = NDArray[np.float64]


def find_debris(
    volumes: Floats,
    light: Floats,
    depth: Floats,
    cut: NDArray[np.bool_],
    *,
    min_volume: float,
    min_light: float,
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which nuclei are too small, and which are small and too faint.

    Parameters
    ----------
    volumes : ndarray of float64, shape (n,)
        In voxels.
    light : ndarray of float64, shape (n,)
        Sum of the contrast over the nucleus.
    depth : ndarray of float64, shape (n,)
        Mean slice.
    cut : ndarray of bool, shape (n,)
        Whether the border of the stack cuts the nucleus. Its volume is not known: it is
        never too small, and counts with half of the median volume if it has less.
    min_volume : float
        Smallest volume, as a fraction of the median.
    min_light : float
        Smallest light of a small nucleus, as a fraction of the median of the nuclei at
        its depth.

    Returns
    -------
    small, faint : ndarray of bool, shape (n,)

    Examples
    --------
    >>> volumes, light = np.array([9.0, 8, 3, 9]), np.array([90.0, 80, 3, 9])
    >>> still = np.zeros(4), np.zeros(4, bool)
    >>> found = find_debris(volumes, light, *still, min_volume=0.1, min_light=0.1)
    >>> [which.tolist() for which in found]
    [[False, False, False, False], [False, False, True, False]]
    """
    nothing = np.zeros(len(volumes), bool)
    if not len(volumes):
        return nothing, nothing
    median = float(np.median(volumes))
    small = (volumes < min_volume * median) & ~cut
    if not min_light:
        return small, nothing
    whole = np.where(cut, np.maximum(SMALL * median / volumes, 1), 1)
    order = np.argsort(depth, kind="stable")
    nearby = np.full(len(light), np.median(light))
    if len(light) > NEIGHBOURS:
        nearby[order] = median_filter(light[order], NEIGHBOURS, mode="mirror")
    is_dim = light * whole < min_light * nearby
    return small, (volumes < SMALL * median) & is_dim & ~small
