"""Keep the bounding boxes of nuclei, so that no operation searches the whole image."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.correct.edit import Edit, Labels, Region, mask_box

FIRST_WINDOW = 48
"""Half the side of the first window round a point, in pixels."""

MAX_DENSE = 10_000_000
"""Largest number for which a table by number is made."""


class LabelBoxes:
    """A bounding box per nucleus.

    A box may be larger than its nucleus, never smaller. `include` extends the boxes
    after each edit; it need not be called when an edit is taken back.

    Parameters
    ----------
    boxes : dict of int to tuple of slice, optional
        Box by number: one slice per axis of the labels array.

    Examples
    --------
    >>> labels = np.zeros((8, 8), np.int32)
    >>> labels[2:4, 3:7] = 5
    >>> LabelBoxes.from_labels(labels).find(5)
    (slice(2, 4, None), slice(3, 7, None))
    """

    def __init__(self, boxes: dict[int, Region] | None = None) -> None:
        self._boxes: dict[int, Region] = dict(boxes or {})

    def __len__(self) -> int:
        return len(self._boxes)

    def __contains__(self, number: object) -> bool:
        return number in self._boxes

    @classmethod
    def from_labels(cls, labels: Labels) -> LabelBoxes:
        """Find the boxes of all nuclei of a labels array, plane by plane."""
        boxes = cls()
        for index in np.ndindex(labels.shape[:-2]):
            before = tuple(slice(i, i + 1) for i in index)
            for number, box in boxes_of_plane(np.asarray(labels[index])):
                boxes._extend(number, (*before, *box))
        return boxes

    @classmethod
    def around(cls, labels: Labels, points: Iterable[Sequence[float]]) -> LabelBoxes:
        """Find the boxes of the nuclei under some points.

        Windows grow round the points, so that the time depends on the nuclei and not
        on the image. Parts that are not connected to the point may be missed.

        Parameters
        ----------
        labels : ndarray of int
        points : iterable of sequence of float
            Positions in the labels array, one number per axis.
        """
        boxes = cls()
        for point in points:
            position = tuple(round(float(x)) for x in point)
            inside = all(
                0 <= i < size for i, size in zip(position, labels.shape, strict=True)
            )
            if inside and (number := int(labels[position])):
                boxes._extend(number, grow_window(labels, number, position))
        return boxes

    def find(self, number: int) -> Region | None:
        """Return the box of a nucleus; None if there is none of this number."""
        return self._boxes.get(int(number))

    def include(self, labels: Labels, edit: Edit | Region) -> None:
        """Extend the boxes by what a window of labels holds now.

        Parameters
        ----------
        labels : ndarray of int
            The whole labels array, after the edit.
        edit : Edit or tuple of slice
            An edit, or the window that was painted.
        """
        region = edit.region if isinstance(edit, Edit) else edit
        start = tuple(window.start for window in region)
        found = LabelBoxes.from_labels(labels[region])
        for number, box in found._boxes.items():
            moved = zip(box, start, strict=True)
            shifted = tuple(slice(b.start + s, b.stop + s) for b, s in moved)
            self._extend(number, shifted)

    def _extend(self, number: int, box: Region) -> None:
        previous = self._boxes.get(number)
        self._boxes[number] = box if previous is None else union_box([previous, box])


def union_box(boxes: Sequence[Region]) -> Region:
    """Return the smallest box that holds some boxes, at least one."""
    return tuple(
        slice(min(s.start for s in axis), max(s.stop for s in axis))
        for axis in zip(*boxes, strict=True)
    )


def boxes_of_plane(plane: NDArray[Any]) -> list[tuple[int, Region]]:
    """Return number and box of each nucleus of a plane (Y, X)."""
    from scipy.ndimage import find_objects

    largest = int(plane.max(initial=0))
    if largest <= MAX_DENSE:
        boxes = find_objects(plane.astype(np.int32, copy=False))
        numbers = range(1, len(boxes) + 1)
    else:
        numbers = np.unique(plane[plane > 0]).tolist()
        compact = np.searchsorted(numbers, plane) + 1
        boxes = find_objects(np.where(plane > 0, compact, 0).astype(np.int32))
    pairs = zip(numbers, boxes, strict=True)
    return [(int(number), box) for number, box in pairs if box is not None]


def grow_window(labels: Labels, number: int, position: Sequence[int]) -> Region:
    """Return the box of a nucleus by growing a window round one of its pixels."""
    half = FIRST_WINDOW
    while True:
        window = tuple(
            slice(max(i - half, 0), min(i + half + 1, size))
            for i, size in zip(position, labels.shape, strict=True)
        )
        box = mask_box(labels[window] == number)
        assert box is not None
        axes = zip(window, box, labels.shape, strict=True)
        if all(
            (part.start > 0 or outer.start == 0)
            and (part.stop < outer.stop - outer.start or outer.stop == size)
            for outer, part, size in axes
        ):
            return tuple(
                slice(outer.start + part.start, outer.start + part.stop)
                for outer, part in zip(window, box, strict=True)
            )
        half *= 2
