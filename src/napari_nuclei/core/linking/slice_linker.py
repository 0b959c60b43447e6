"""Find the nuclei in 3-D of slices that are read one after another."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.diameter import median_of_areas
from napari_nuclei.core.instances.filters import DroppedCounts
from napari_nuclei.core.linking.chains import (
    Chain,
    exceeds_limits,
    is_debris,
    largest_by_chain,
    measure_chains,
    remove_dim_outlines,
)
from napari_nuclei.core.linking.contrast import Floats
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


@dataclass(frozen=True, slots=True)
class NumberedSlice:
    """A slice whose outlines are matched with those of following slices.

    Attributes
    ----------
    outlines : ndarray of int32, shape (Y, X)
        Number of the outline of each pixel: its position in the slice, from 1.
    contrast : ndarray of float32, shape (Y, X), optional
    """

    outlines: NDArray[np.int32]
    contrast: Floats | None


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
        self._recent: list[NumberedSlice] = []

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
        index = index_labels(plane, outlines.labels).astype(np.int32)
        current = NumberedSlice(index, contrast)
        chain = np.zeros(len(outlines.labels), np.int64)
        shared = np.zeros(len(chain))
        for back, earlier in enumerate(reversed(self._recent), 1):
            earlier_chain = self._chains[z - back]
            continued = np.concatenate([chain, *self._chains[z - back + 1 : z]])
            matches = match_slices(
                earlier.outlines,
                current.outlines,
                np.flatnonzero(~np.isin(earlier_chain, continued)) + 1,
                np.flatnonzero(chain == 0) + 1,
                min_iou=settings.min_iou,
                min_share=settings.min_share,
                areas=(
                    self._outlines[z - back].areas_by_position,
                    outlines.areas_by_position,
                ),
            )
            if len(matches[0]):
                positions_before, positions = (numbers - 1 for numbers in matches)
                chain[positions] = earlier_chain[positions_before]
                shared[positions] = shared_light((earlier, current), matches)
        is_new = chain == 0
        new_count = int(is_new.sum())
        chain[is_new] = np.arange(self._count + 1, self._count + 1 + new_count)
        self._count += new_count
        self._outlines.append(outlines)
        self._chains.append(chain)
        self._shared.append(shared)
        recent = [*self._recent, current]
        self._recent = recent[-(1 + settings.max_gap) :]

    def finish(self) -> LinkedSlices:
        """Return the nuclei of the slices that were added."""
        has_contrast = bool(self._recent) and self._recent[-1].contrast is not None
        self._recent = []
        outlines = self._outlines
        areas = [slice_outlines.areas for slice_outlines in outlines]
        light = [slice_outlines.light for slice_outlines in outlines]
        brightness = [slice_outlines.brightness for slice_outlines in outlines]
        widest = largest_by_chain(self._chains, areas)[1:].astype(np.int64)
        settings = self.settings.chosen_for(median_of_areas(widest))
        chains = split_at_waists(self._chains, light, settings.waist, self._shared)
        trim = settings.trim if has_contrast else 0
        floors = trim * largest_by_chain(chains, brightness)
        if has_contrast:
            chains = remove_dim_outlines(chains, brightness, floors)
        table = measure_chains(chains, outlines, len(floors))
        is_nucleus = table.slices >= settings.min_slices
        is_nucleus[0] = False
        left_out = exceeds_limits(table, self.limits)
        if has_contrast:
            left_out |= is_debris(
                table,
                is_nucleus,
                min_volume=self.settings.min_volume,
                min_light=settings.min_light,
            )
        counts = {}
        for reason, is_left_out in left_out.items():
            counts[reason] = int((is_left_out & is_nucleus).sum())
            is_nucleus &= ~is_left_out
        numbers = np.where(is_nucleus, np.cumsum(is_nucleus), 0)
        tables = [
            SliceTable(slice_outlines.labels, numbers[chain], floors[chain])
            for slice_outlines, chain in zip(outlines, chains, strict=True)
        ]
        nucleus_areas = table.largest_area[is_nucleus].astype(np.int64)
        return LinkedSlices(tables, nucleus_areas, DroppedCounts(**counts))


def shared_light(
    slices: tuple[NumberedSlice, NumberedSlice],
    matches: tuple[NDArray[np.integer], NDArray[np.integer]],
) -> NDArray[np.float64]:
    """Return the light that the two outlines of each match share.

    It is the light in the pixels of both, in the slice in which it is lower.

    Parameters
    ----------
    slices : tuple of NumberedSlice
    matches : tuple of ndarray of int, shape (matches,)
        Number of the outline of each match, in each of the slices.
    """
    count = len(matches[0])
    covered = (slices[0].outlines > 0) & (slices[1].outlines > 0)
    first, second = (
        match_of(numbered.outlines[covered], outlines)
        for numbered, outlines in zip(slices, matches, strict=True)
    )
    is_shared = (first == second) & (first > 0)
    match = first[is_shared] - 1
    sums = [
        np.bincount(match, minlength=count).astype(np.float64)
        if numbered.contrast is None
        else sum_light(match, numbered.contrast[covered][is_shared], count)
        for numbered in slices
    ]
    return np.minimum(*sums)


def match_of(
    pixels: NDArray[np.integer], matched: NDArray[np.integer]
) -> NDArray[np.intp]:
    """Return the number of the match of each pixel's outline, from 1; 0 without one.

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
