"""Join the labels of neighbouring slices: one number per nucleus in 3-D."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.config.keywords import suggests_keywords
from napari_nuclei.core.linking.match_slices import match_slices
from napari_nuclei.core.linking.waists import split_at_waists
from napari_nuclei.core.measure.check_labels import check_labels


@dataclass(frozen=True, slots=True)
class LinkSettings:
    """How the nuclei of neighbouring slices are joined.

    Attributes
    ----------
    min_iou : float
        Smallest intersection over union of two outlines of one nucleus.
    min_share : float
        Outlines are joined too if this share of the smaller one lies in the larger one,
        as at the ends of a nucleus.
    max_gap : int
        Number of slices that a nucleus may be missing in; 0 or 1.
    min_slices : int
        Nuclei in fewer slices are removed.
    waist : float
        A nucleus whose area falls below this share of the areas on both sides, and
        rises again, is two nuclei on top of each other; 0 splits none.
    """

    min_iou: float = 0.25
    min_share: float = 0.7
    max_gap: int = 1
    min_slices: int = 2
    waist: float = 0.6

    def __post_init__(self) -> None:
        for name in ("min_iou", "min_share", "waist"):
            if not 0 <= (value := getattr(self, name)) <= 1:
                raise ValueError(f"{name} must be 0 to 1; got {value}")
        if self.max_gap not in (0, 1):
            raise ValueError(f"max_gap must be 0 or 1; got {self.max_gap}")
        if self.min_slices < 1:
            raise ValueError(f"min_slices must be 1 or more; got {self.min_slices}")


DEFAULTS = LinkSettings()


@suggests_keywords
def link_planes(
    labels: Any,
    *,
    axes: str | None = None,
    min_iou: float = DEFAULTS.min_iou,
    min_share: float = DEFAULTS.min_share,
    max_gap: int = DEFAULTS.max_gap,
    min_slices: int = DEFAULTS.min_slices,
    waist: float = DEFAULTS.waist,
    check: Callable[[], object] = lambda: None,
) -> NDArray[np.int32]:
    """Join the nuclei of the slices of a stack to nuclei in three dimensions.

    The outlines of two neighbouring slices are assigned to each other so that their
    summed intersection over union is largest (`scipy.optimize`). Slices are read one
    after another; only two of them are in memory besides the result.

    Parameters
    ----------
    labels : array of int, shape (Z, Y, X) or as `axes` says
        Labels of the slices, of this or of another program; 0 is background. A number
        means nothing outside its slice.
    axes : str, optional
        One letter for each axis, with Z, Y and X; by default ZYX. Slices are joined
        along Z.
    min_iou : float
        Smallest intersection over union of two outlines of one nucleus.
    min_share : float
        Outlines are joined too if this share of the smaller one lies in the larger
        one, as at the ends of a nucleus.
    max_gap : int
        Number of slices that a nucleus may be missing in, 0 or 1. What is missing is
        not filled.
    min_slices : int
        Nuclei in fewer slices are removed.
    waist : float
        A nucleus whose area falls below this share of the largest areas before and
        after is split there: it is two nuclei on top of each other. 0 splits none.
    check : callable, optional
        Called for every slice; raise an exception in it to stop.

    Returns
    -------
    ndarray of int32, of the shape of `labels`
        One number per nucleus, unique over all volumes.

    Raises
    ------
    TypeError
        If the labels are not integers.
    ValueError
        If there is only one slice, the axes do not fit, or a setting is out of range.

    Examples
    --------
    >>> stack = np.array([[[1, 1, 0, 0]], [[2, 2, 0, 1]], [[0, 5, 0, 7]]])
    >>> link_planes(stack)[:, 0].tolist()
    [[1, 1, 0, 0], [1, 1, 0, 2], [0, 1, 0, 2]]
    """
    settings = LinkSettings(min_iou, min_share, max_gap, min_slices, waist)
    if not hasattr(labels, "dtype"):
        labels = np.asarray(labels)
    names = ("ZYX" if axes is None else axes).upper()
    if len(names) != len(labels.shape) or not {"Z", "Y", "X"} <= {*names}:
        raise ValueError(
            "axes must name each axis of the labels, with Z, Y and X; got "
            f"{names} for the shape {tuple(labels.shape)}"
        )
    if labels.shape[names.index("Z")] < 2:
        raise ValueError("the labels have one slice only; there is nothing to join")
    linked = np.zeros(labels.shape, np.int32)
    others = [axis for axis in range(len(names)) if names[axis] not in "ZYX"]
    count = 0
    for position in product(*(range(labels.shape[axis]) for axis in others)):
        index: list[Any] = [slice(None)] * len(names)
        for axis, number in zip(others, position, strict=True):
            index[axis] = number

        def plane_index(z: int, index: list[Any] = index) -> tuple[Any, ...]:
            where = list(index)
            where[names.index("Z")] = z
            return tuple(where)

        def read(z: int) -> NDArray[np.integer]:
            check()
            plane = np.asarray(labels[plane_index(z)])
            check_labels(plane)
            return plane

        slices = range(labels.shape[names.index("Z")])
        tables = link_slices((read(z) for z in slices), settings)
        for z, table in zip(slices, tables, strict=True):
            plane = read(z)
            found = table.numbers_of(plane)
            linked[plane_index(z)] = np.where(found > 0, found + count, 0)
        count += max((int(one.new.max(initial=0)) for one in tables), default=0)
    return linked


@dataclass(frozen=True, slots=True)
class SliceTable:
    """The number in 3-D of each label of a slice.

    Attributes
    ----------
    old : ndarray of int64, shape (labels,)
        Labels of the slice, ascending.
    new : ndarray of int64, shape (labels,)
        Number of the nucleus; 0 for a label that is removed.
    """

    old: NDArray[np.int64]
    new: NDArray[np.int64]

    def numbers_of(self, plane: NDArray[np.integer]) -> NDArray[np.int64]:
        """Return the labels of a slice as numbers in 3-D."""
        old = np.concatenate([[0], self.old])
        new = np.concatenate([[0], self.new])
        return new[np.searchsorted(old, plane)]


def link_slices(
    slices: Iterable[NDArray[np.integer]], settings: LinkSettings
) -> list[SliceTable]:
    """Find the nuclei in 3-D of slices that are read one after another.

    Parameters
    ----------
    slices : iterable of ndarray of int, shape (Y, X)
    settings : LinkSettings

    Returns
    -------
    list of SliceTable
        One for each slice; numbers in 3-D are 1, 2, ... without gaps.
    """
    labels: list[NDArray[np.int64]] = []
    areas: list[NDArray[np.int64]] = []
    chains: list[NDArray[np.int64]] = []
    count = 0
    recent: list[NDArray[np.integer]] = []
    for z, plane in enumerate(slices):
        found, sizes = np.unique(plane[plane > 0], return_counts=True)
        chain = np.zeros(len(found), np.int64)
        for back, before in enumerate(reversed(recent), 1):
            candidates, their_chains = labels[z - back], chains[z - back]
            taken = np.concatenate([chain, *chains[z - back + 1 : z]])
            first, second = match_slices(
                before,
                plane,
                candidates[~np.isin(their_chains, taken)],
                found[chain == 0],
                min_iou=settings.min_iou,
                min_share=settings.min_share,
            )
            matched = their_chains[np.searchsorted(candidates, first)]
            chain[np.searchsorted(found, second)] = matched
        new = chain == 0
        chain[new] = np.arange(count + 1, count + 1 + int(new.sum()))
        count += int(new.sum())
        labels.append(found.astype(np.int64))
        areas.append(sizes.astype(np.int64))
        chains.append(chain)
        recent = [*recent, plane][-(1 + settings.max_gap) :]
    chains = split_at_waists(chains, areas, settings.waist)
    return number_nuclei(labels, chains, settings.min_slices)


def number_nuclei(
    labels: list[NDArray[np.int64]],
    chains: list[NDArray[np.int64]],
    min_slices: int,
) -> list[SliceTable]:
    """Give each chain of outlines that is long enough a number, in their order.

    Parameters
    ----------
    labels : list of ndarray of int64
        Labels of each slice, ascending.
    chains : list of ndarray of int64
        Chain of each of these labels.
    min_slices : int
        Smallest number of slices of a nucleus.
    """
    length = np.bincount(np.concatenate([np.zeros(0, np.int64), *chains]))
    is_nucleus = length >= min_slices
    is_nucleus[:1] = False
    numbers = np.where(is_nucleus, np.cumsum(is_nucleus), 0)
    return [
        SliceTable(found, numbers[chain])
        for found, chain in zip(labels, chains, strict=True)
    ]
