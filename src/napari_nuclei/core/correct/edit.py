"""Describe one change of labels, so that it can be applied and taken back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Labels = NDArray[np.integer[Any]]
Region = tuple[slice, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Edit:
    """The pixels of a labels array that an operation changes.

    Attributes
    ----------
    region : tuple of slice
        Smallest window of the labels array that holds all changed pixels: one slice
        per axis, with start and stop.
    before, after : ndarray of int, of the shape of the window
        Labels before and after the operation, of the dtype of the labels array.
    touched : tuple of int
        Nuclei that existed before and lose or gain pixels, ascending.
    new : tuple of int
        Numbers of nuclei that the operation creates, ascending.
    kind : str
        Name of the operation, such as "delete" or "merge".
    """

    region: Region
    before: Labels
    after: Labels
    touched: tuple[int, ...]
    new: tuple[int, ...]
    kind: str

    def apply(self, labels: Labels) -> None:
        """Write the changed pixels into a labels array, in place."""
        write_changed(labels[self.region], self.changed, self.after)

    def revert(self, labels: Labels) -> None:
        """Write the labels from before into a labels array, in place."""
        write_changed(labels[self.region], self.changed, self.before)

    @property
    def changed(self) -> NDArray[np.bool_]:
        """Return which pixels of the window change."""
        return np.asarray(self.before != self.after, bool)

    def pixels(self) -> tuple[NDArray[np.intp], ...]:
        """Return the indices of the changed pixels in the labels array.

        Returns
        -------
        tuple of ndarray of int
            One array per axis, as for ``labels[indices]``; `new_values` are their
            labels afterwards.
        """
        inside = np.nonzero(self.changed)
        return tuple(
            index + window.start
            for index, window in zip(inside, self.region, strict=True)
        )

    def new_values(self) -> Labels:
        """Return the labels of the changed pixels afterwards, in order of `pixels`."""
        return self.after[self.changed]

    def inverse(self) -> Edit:
        """Return the edit, of kind "undo", that takes this one back."""
        before = {*self.touched, *self.new} - set(self.removed)
        return Edit(
            region=self.region,
            before=self.after,
            after=self.before,
            touched=tuple(sorted(before)),
            new=self.removed,
            kind="undo",
        )

    @property
    def removed(self) -> tuple[int, ...]:
        """Return touched nuclei that have no pixel left in the window."""
        left = set(np.unique(self.after).tolist())
        return tuple(number for number in self.touched if number not in left)


def write_changed(target: Labels, changed: NDArray[np.bool_], values: Labels) -> None:
    """Write values into the changed pixels of a window only."""
    np.copyto(target, values, where=changed)


def make_edit(
    labels: Labels,
    region: Region,
    after: Labels,
    kind: str,
    new: Sequence[int] = (),
) -> Edit | None:
    """Return the change of a window of labels; None if no pixel changes.

    Parameters
    ----------
    labels : ndarray of int
        The whole labels array.
    region : tuple of slice
        One slice per axis, with start and stop.
    after : ndarray of int, of the shape of the window
        Labels afterwards; the edit may refer to it, so do not modify it later.
    kind : str
        Name of the operation.
    new : sequence of int
        Numbers that the operation creates.
    """
    before = labels[region]
    after = np.asarray(after, labels.dtype)
    changed = np.asarray(before != after, bool)
    inner = mask_box(changed)
    if inner is None:
        return None
    where = changed[inner]
    values = np.concatenate([before[inner][where], after[inner][where]])
    created = {int(number) for number in new}
    touched = {int(number) for number in np.unique(values)} - {0} - created
    outer = tuple(
        slice(window.start + part.start, window.start + part.stop)
        for window, part in zip(region, inner, strict=True)
    )
    return Edit(
        region=outer,
        before=before[inner].copy(),
        # Windows of distant nuclei are large: they are not copied again.
        after=after[inner]
        if changed[inner].size > after.size // 2
        else after[inner].copy(),
        touched=tuple(sorted(touched)),
        new=tuple(sorted(created)),
        kind=kind,
    )


def mask_box(mask: NDArray[np.bool_]) -> Region | None:
    """Return the bounding box of the True pixels of a mask; None without any."""
    box = []
    for axis in range(mask.ndim):
        other_axes = tuple(number for number in range(mask.ndim) if number != axis)
        used = np.flatnonzero(mask.any(axis=other_axes))
        if not len(used):
            return None
        box.append(slice(int(used[0]), int(used[-1]) + 1))
    return tuple(box)
