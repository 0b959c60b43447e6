"""Measure the chains of outlines of a volume, and choose the nuclei among them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.linking.debris import find_debris
from napari_nuclei.core.linking.linking_settings import NucleusLimits
from napari_nuclei.core.linking.slice_outlines import SliceOutlines

Chain = NDArray[np.int64]
"""Number of the chain of each outline of a slice, from 1; 0 for a removed outline."""

Mask = NDArray[np.bool_]
"""Which chains have a property, shape (chains + 1,); index 0 belongs to none."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ChainTable:
    """Measurements of all chains; index 0 belongs to none.

    Attributes
    ----------
    slices : ndarray of int64, shape (chains + 1,)
        Number of slices.
    largest_area : ndarray of float64, shape (chains + 1,)
        Area of the largest outline, in pixels.
    volume : ndarray of float64, shape (chains + 1,)
        In voxels.
    light : ndarray of float64, shape (chains + 1,)
        Sum of the light of the outlines.
    depth : ndarray of float64, shape (chains + 1,)
        Mean slice.
    at_border : ndarray of bool, shape (chains + 1,)
        Whether an outline touches the border of its slice.
    at_end : ndarray of bool, shape (chains + 1,)
        Whether an outline lies in the first or the last slice.
    """

    slices: NDArray[np.int64]
    largest_area: Floats
    volume: Floats
    light: Floats
    depth: Floats
    at_border: Mask
    at_end: Mask


def remove_dim_outlines(
    chains: list[Chain], brightness: Sequence[Floats], floors: Floats
) -> list[Chain]:
    """Return the chains without the outlines that are dimmer than their chain's floor.

    Parameters
    ----------
    chains : list of ndarray of int64
    brightness : sequence of ndarray of float64
        Mean contrast of each outline, for each slice.
    floors : ndarray of float64, shape (chains + 1,)
        Lowest contrast of each chain.
    """
    return [
        np.where(values < floors[chain], 0, chain)
        for chain, values in zip(chains, brightness, strict=True)
    ]


def measure_chains(
    chains: list[Chain], outlines: Sequence[SliceOutlines], size: int
) -> ChainTable:
    """Measure all chains of a volume.

    Parameters
    ----------
    chains : list of ndarray of int64
    outlines : sequence of SliceOutlines
        The outlines of each slice.
    size : int
        Number of chains and 1.
    """
    areas = [slice_outlines.areas for slice_outlines in outlines]
    light = [slice_outlines.light for slice_outlines in outlines]
    z = [np.full(len(chain), number) for number, chain in enumerate(chains)]
    slices = sum_by_chain(chains, [np.ones(len(chain)) for chain in chains], size)
    at_border, at_end = np.zeros(size, bool), np.zeros(size, bool)
    for chain, slice_outlines in zip(chains, outlines, strict=True):
        at_border[chain[slice_outlines.cut]] = True
    for chain in (*chains[:1], *chains[-1:]):
        at_end[chain] = True
    return ChainTable(
        slices=slices.astype(np.int64),
        largest_area=largest_by_chain(chains, areas, size),
        volume=sum_by_chain(chains, areas, size),
        light=sum_by_chain(chains, light, size),
        depth=sum_by_chain(chains, z, size) / np.maximum(slices, 1),
        at_border=at_border,
        at_end=at_end,
    )


def join_slices_of(values: Sequence[NDArray[Any]]) -> NDArray[Any]:
    """Return the values of the outlines of all slices in one array."""
    return np.concatenate([np.zeros(0, np.int64), *values])


def sum_by_chain(
    chains: list[Chain], values: Sequence[NDArray[Any]], size: int
) -> Floats:
    """Return the sum of the values of the outlines of each chain."""
    sums = np.bincount(join_slices_of(chains), join_slices_of(values), size)
    return np.asarray(sums, np.float64)


def largest_by_chain(
    chains: list[Chain], values: Sequence[NDArray[Any]], size: int | None = None
) -> Floats:
    """Return the largest value of the outlines of each chain, at least 0.

    Parameters
    ----------
    chains : list of ndarray of int64
    values : sequence of ndarray
        A value for each outline, for each slice.
    size : int, optional
        Number of chains and 1; by default the largest number that occurs and 1.

    Examples
    --------
    >>> chains = [np.array([1, 2]), np.array([2])]
    >>> largest_by_chain(chains, [np.array([5, 3]), np.array([4])]).tolist()
    [0.0, 5.0, 4.0]
    """
    numbers = join_slices_of(chains)
    largest = np.zeros(int(numbers.max(initial=0)) + 1 if size is None else size)
    np.maximum.at(largest, numbers, join_slices_of(values))
    largest[0] = 0
    return largest


def exceeds_limits(table: ChainTable, limits: NucleusLimits) -> dict[str, Mask]:
    """Return which chains the limits leave out, by the field of `DroppedCounts`."""
    return {
        "small": table.largest_area < (limits.min_area or 0),
        "large": table.largest_area > (limits.max_area or np.inf),
        "border": table.at_border & limits.drop_border,
    }


def is_debris(
    table: ChainTable, is_nucleus: Mask, *, min_volume: float, min_light: float
) -> dict[str, Mask]:
    """Return which chains are debris or faint, by the field of `DroppedCounts`.

    Parameters
    ----------
    table : ChainTable
    is_nucleus : ndarray of bool, shape (chains + 1,)
        The chains that are compared with each other.
    min_volume, min_light : float
        As for `find_debris`.
    """
    debris, faint = np.zeros_like(is_nucleus), np.zeros_like(is_nucleus)
    debris[is_nucleus], faint[is_nucleus] = find_debris(
        table.volume[is_nucleus],
        table.light[is_nucleus],
        table.depth[is_nucleus],
        (table.at_border | table.at_end)[is_nucleus],
        min_volume=min_volume,
        min_light=min_light,
    )
    return {"debris": debris, "faint": faint}
