"""The nucleus that was added last, whose outline can still be chosen; without Qt."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from napari_nuclei.core.correct.edit import Edit, make_edit
from napari_nuclei.core.correct.outline_candidates import Outline
from napari_nuclei.widgets.correct.painted_edit import shift
from napari_nuclei.widgets.correct.shown_part import ShownPart


@dataclass(frozen=True, slots=True)
class AddedNucleus:
    """A nucleus that was added by a click, and all outlines that it may have.

    Attributes
    ----------
    part : ShownPart
    outlines : tuple of Outline
        From the largest to the smallest.
    chosen : int
        Index of the outline that is drawn.
    number : int
        Number of the nucleus.
    """

    part: ShownPart
    outlines: tuple[Outline, ...]
    chosen: int
    number: int

    @property
    def is_unchanged(self) -> bool:
        """Whether the labels still hold the nucleus with the chosen outline."""
        outline, largest = self.outlines[self.chosen], self.outlines[0]
        now = self.part.plane[largest.region] == self.number
        inside = now[shift(outline.region, largest.region, -1)]
        return bool(np.array_equal(inside, outline.mask)) and int(
            np.count_nonzero(now)
        ) == int(np.count_nonzero(outline.mask))

    def resized(self, steps: int) -> tuple[AddedNucleus, Edit, Edit] | None:
        """Return the nucleus with a larger or smaller outline.

        Parameters
        ----------
        steps : int
            Number of outlines; above 0 for a larger one.

        Returns
        -------
        added : AddedNucleus
        change : Edit
            From the outline that is drawn to the new one, in ``part.labels``.
        edit : Edit
            From no nucleus to the new outline: what the two edits make together.
        None if there is no other outline, or the nucleus was changed since.
        """
        chosen = min(max(self.chosen - steps, 0), len(self.outlines) - 1)
        if chosen == self.chosen or not self.is_unchanged:
            return None
        outline, largest = self.outlines[chosen], self.outlines[0]
        now = self.part.plane[largest.region]
        before = np.where(now == self.number, 0, now)
        after = before.copy()
        inner = after[shift(outline.region, largest.region, -1)]
        inner[outline.mask & (inner == 0)] = self.number
        index = self.part.slice_index
        region = largest.region
        if index is not None:
            region = (slice(index, index + 1), *region)
            before, after = before[np.newaxis], after[np.newaxis]
        whole = tuple(slice(0, size) for size in before.shape)
        change = make_edit(self.part.labels, region, after, "add")
        edit = make_edit(before, whole, after, "add", [self.number])
        if change is None or edit is None:
            return None
        edit = replace(edit, region=shift(edit.region, region, 1))
        return replace(self, chosen=chosen), change, edit
