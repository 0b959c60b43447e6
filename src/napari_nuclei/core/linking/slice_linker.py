"""Find the nuclei in 3-D of slices that are read one after another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.diameter import median_of_areas
from napari_nuclei.core.instances.filters import DroppedCounts
from napari_nuclei.core.linking.contrast import Floats
from napari_nuclei.core.linking.debris import find_debris
from napari_nuclei.core.linking.linking_settings import LinkSettings, NucleusLimits
from napari_nuclei.core.linking.match_slices import match_slices
from napari_nuclei.core.linking.slice_outlines import (
    SliceOutlines,
    index_labels,
    measure_outlines,
    sum_light,
)
from napari_nuclei.core.linking.waists import split_at_waists

NO_LIMITS = NucleusLimits()

Chain = NDArray[np.int64]
"""Number of the chain of each outline of a slice."""


@dataclass(frozen=True, slots=True)
class SliceTable:
    """The number in 3-D of each label of a slice.

    Attributes
    ----------
    old : ndarray of int64, shape (labels,)
        Labels of the slice, ascending.
    new : ndarray of int64, shape (labels,)
        Number of the nucleus; 0 for a label that is removed.
    floor : ndarray of float64, shape (labels,)
        Lowest contrast of a pixel of the nucleus.
    """

    old: NDArray[np.int64]
    new: NDArray[np.int64]
    floor: NDArray[np.float64]

    def numbers_of(
        self, plane: NDArray[np.integer], contrast: Floats | None = None
    ) -> NDArray[np.int64]:
        """Return the labels of a slice as numbers in 3-D.

        Parameters
        ----------
        plane : ndarray of int, shape (Y, X)
        contrast : ndarray of float32, shape (Y, X), optional
            Pixels below the lowest contrast of their nucleus are removed.
        """
        index = index_labels(plane, self.old)
        numbers: NDArray[np.int64] = np.concatenate([[0], self.new])[index]
        if contrast is not None:
            floor = np.concatenate([[-np.inf], self.floor]).astype(np.float32)
            numbers[contrast < floor[index]] = 0
        return numbers


@dataclass(frozen=True, slots=True)
class LinkedSlices:
    """The nuclei of a volume.

    Attributes
    ----------
    tables : list of SliceTable
        One for each slice; nuclei are numbered 1, 2, ... without gaps.
    areas : ndarray of int64, shape (nuclei,)
        Largest area of an outline of each nucleus, in pixels.
    dropped : DroppedCounts
        Nuclei that were left out.
    """

    tables: list[SliceTable]
    areas: NDArray[np.int64]
    dropped: DroppedCounts


class SliceLinker:
    """Link the outlines of slices; `add` them in turn, then call `finish`.

    Only the last slices are in memory, and a few numbers for each outline.
    """

    def __init__(
        self, settings: LinkSettings, limits: NucleusLimits = NO_LIMITS
    ) -> None:
        self.settings, self.limits = settings, limits
        self._count = 0
        self._outlines: list[SliceOutlines] = []
        self._chains: list[Chain] = []
        self._shared: list[NDArray[np.float64]] = []
        self._recent: list[tuple[NDArray[np.integer], Floats | None]] = []

    def add(self, plane: NDArray[np.integer], contrast: Floats | None = None) -> None:
        """Add the next slice.

        Parameters
        ----------
        plane : ndarray of int, shape (Y, X)
            Labels of the slice.
        contrast : ndarray of float32, shape (Y, X), optional
            As of `SliceBackground.contrast`; for all slices or for none.
        """
        z, settings = len(self._chains), self.settings
        outlines = measure_outlines(plane, contrast)
        # From here on an outline is named by its position in the slice, from 1.
        index = index_labels(plane, outlines.labels).astype(np.int32)
        chain = np.zeros(len(outlines.labels), np.int64)
        shared = np.zeros(len(chain))
        for back, (before, light_before) in enumerate(reversed(self._recent), 1):
            their_chains = self._chains[z - back]
            taken = np.concatenate([chain, *self._chains[z - back + 1 : z]])
            first, second = match_slices(
                before,
                index,
                np.flatnonzero(~np.isin(their_chains, taken)) + 1,
                np.flatnonzero(chain == 0) + 1,
                min_iou=settings.min_iou,
                min_share=settings.min_share,
                areas=(
                    self._outlines[z - back].areas_by_position,
                    outlines.areas_by_position,
                ),
            )
            if len(first):
                chain[second - 1] = their_chains[first - 1]
                shared[second - 1] = shared_light(
                    (before, light_before, first), (index, contrast, second)
                )
        new = chain == 0
        chain[new] = np.arange(self._count + 1, self._count + 1 + int(new.sum()))
        self._count += int(new.sum())
        self._outlines.append(outlines)
        self._chains.append(chain)
        self._shared.append(shared)
        recent = [*self._recent, (index, contrast)]
        self._recent = recent[-(1 + settings.max_gap) :]

    def finish(self) -> LinkedSlices:
        """Return the nuclei of the slices that were added."""
        has_contrast = bool(self._recent) and self._recent[-1][1] is not None
        self._recent = []
        settings, outlines = self.settings, self._outlines
        areas = [slice_outlines.areas for slice_outlines in outlines]
        widest = largest_of_chains(self._chains, areas)[1:].astype(np.int64)
        chosen = settings.chosen_for(median_of_areas(widest))
        light = [slice_outlines.light for slice_outlines in outlines]
        chains = split_at_waists(self._chains, light, chosen.waist, self._shared)
        brightness = [slice_outlines.brightness for slice_outlines in outlines]
        peaks = largest_of_chains(chains, brightness)
        if has_contrast:
            chains = [
                np.where(values < chosen.trim * peaks[chain], 0, chain)
                for chain, values in zip(chains, brightness, strict=True)
            ]
        size = len(peaks)
        largest = largest_of_chains(chains, areas, size)
        every = np.concatenate([np.zeros(0, np.int64), *chains])
        lengths = np.bincount(every, minlength=size)
        is_nucleus = lengths >= chosen.min_slices
        is_nucleus[0] = False
        at_border, at_end = find_cut_chains(chains, outlines, size)
        unwanted = {
            "small": largest < (self.limits.min_area or 0),
            "large": largest > (self.limits.max_area or np.inf),
            "border": at_border & self.limits.drop_border,
        }
        if has_contrast:
            slices = np.repeat(np.arange(len(chains)), [len(one) for one in chains])
            volumes, sums, depths = (
                np.asarray(np.bincount(every, values, size), np.float64)[is_nucleus]
                for values in (np.concatenate(areas), np.concatenate(light), slices)
            )
            debris, faint = find_debris(
                volumes,
                sums,
                depths / lengths[is_nucleus],
                (at_border | at_end)[is_nucleus],
                min_volume=settings.min_volume,
                min_light=chosen.min_light,
            )
            for reason, which in (("debris", debris), ("faint", faint)):
                unwanted[reason] = np.zeros(size, bool)
                unwanted[reason][is_nucleus] = which
        counts = {}
        for reason, found in unwanted.items():
            counts[reason] = int((found & is_nucleus).sum())
            is_nucleus &= ~found
        numbers = np.where(is_nucleus, np.cumsum(is_nucleus), 0)
        floors = (chosen.trim if has_contrast else 0) * peaks
        tables = [
            SliceTable(one.labels, numbers[chain], floors[chain])
            for one, chain in zip(outlines, chains, strict=True)
        ]
        return LinkedSlices(
            tables, largest[is_nucleus].astype(np.int64), DroppedCounts(**counts)
        )


def find_cut_chains(
    chains: list[Chain], outlines: list[SliceOutlines], size: int
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which chains touch the border of a slice, and the first or last slice."""
    at_border, at_end = np.zeros(size, bool), np.zeros(size, bool)
    for chain, one in zip(chains, outlines, strict=True):
        at_border[chain[one.cut]] = True
    for chain in (*chains[:1], *chains[-1:]):
        at_end[chain] = True
    return at_border, at_end


def largest_of_chains(
    chains: list[Chain], values: Sequence[NDArray[Any]], size: int | None = None
) -> NDArray[np.float64]:
    """Return the largest value of each chain; entry 0 belongs to none."""
    every = np.concatenate([np.zeros(0, np.int64), *chains])
    largest = np.zeros(int(every.max(initial=0)) + 1 if size is None else size)
    np.maximum.at(largest, every, np.concatenate([np.zeros(0), *values]))
    largest[0] = 0
    return largest


SlicePairs = tuple[NDArray[np.integer], Floats | None, NDArray[np.integer]]
"""Labels and contrast of a slice, and the labels of its outlines that were matched."""


def shared_light(before: SlicePairs, after: SlicePairs) -> NDArray[np.float64]:
    """Return the light that two matched outlines share.

    It is the light in the pixels of both, in the slice in which it is lower.

    Parameters
    ----------
    before, after : tuple
        Labels, contrast and matched labels of each slice; the matched labels of both
        correspond to each other.
    """
    count = len(after[2])
    both = (before[0] > 0) & (after[0] > 0)
    number = [match_of(plane[both], labels) for plane, _, labels in (before, after)]
    same = (number[0] == number[1]) & (number[0] > 0)
    match = number[0][same] - 1
    sums = [
        np.bincount(match, minlength=count).astype(np.float64)
        if contrast is None
        else sum_light(match, contrast[both][same], count)
        for _, contrast, _ in (before, after)
    ]
    return np.minimum(*sums)


def match_of(
    pixels: NDArray[np.integer], matched: NDArray[np.integer]
) -> NDArray[np.intp]:
    """Return for each pixel the number of the match of its outline, from 1, or 0.

    Parameters
    ----------
    pixels : ndarray of int, shape (pixels,)
        Number of the outline of each pixel, from 1.
    matched : ndarray of int, shape (matches,)
        Number of the outline of each match.
    """
    table = np.zeros(int(max(pixels.max(initial=0), matched.max(initial=0))) + 1, int)
    table[matched] = np.arange(1, len(matched) + 1)
    return np.asarray(table[pixels])
