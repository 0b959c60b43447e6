"""Numbered objects as the pixels they hold, without the background between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.row_bands import on_every_core, strips


def components(mask: NDArray[np.bool_], connectivity: int = 8) -> NDArray[np.int32]:
    """Return the connected components of a mask, numbered from 1."""
    _, labels = cv2.connectedComponents(
        mask.view(np.uint8), connectivity=connectivity, ltype=cv2.CV_32S
    )
    return np.asarray(labels, np.int32)


@dataclass(frozen=True, slots=True)
class Marks:
    """Numbered pixels of a plane.

    Attributes
    ----------
    places : ndarray of int, shape (n,)
        Indices into the flattened plane, in order.
    numbers : ndarray of int32, shape (n,)
        Above 0.
    """

    places: NDArray[np.intp]
    numbers: NDArray[np.int32]

    @classmethod
    def of(cls, labels: NDArray[np.int32], first: int = 0) -> Marks:
        """Return the labelled pixels of rows that begin at a place of the plane."""
        places = np.flatnonzero(labels > 0)
        return cls(places + first, labels.ravel().take(places))


@dataclass(frozen=True, slots=True)
class Objects:
    """The objects of a plane, which can be dropped and renumbered in no time.

    Attributes
    ----------
    shape : tuple of int
        Height and width of the plane, in pixels.
    parts : tuple of Marks
        The objects' pixels, a strip of rows after the other, as first numbered.
    number_of : ndarray of int32
        For each first number the present one, 0 for those that are dropped. Objects
        keep their order.
    areas : ndarray of int, shape (count + 1,)
        Pixels of each object; none of 0, the background.
    """

    shape: tuple[int, int]
    parts: tuple[Marks, ...]
    number_of: NDArray[np.int32]
    areas: NDArray[np.intp]

    @classmethod
    def of(cls, labels: NDArray[np.int32]) -> Objects:
        """Return the objects of labels, which may skip numbers."""
        height, width = labels.shape

        def marks(rows: slice) -> Marks:
            return Marks.of(labels[rows], rows.start * width)

        return cls.made_of((height, width), on_every_core(marks, strips(height)))

    @classmethod
    def made_of(cls, shape: tuple[int, int], parts: Sequence[Marks]) -> Objects:
        """Return the objects whose pixels are given, a strip after the other."""
        last = max(int(part.numbers.max(initial=0)) for part in parts)
        counts = [np.bincount(part.numbers, minlength=last + 1) for part in parts]
        numbers = np.arange(last + 1, dtype=np.int32)
        return cls(shape, tuple(parts), numbers, np.sum(counts, axis=0))

    @property
    def count(self) -> int:
        """The highest number."""
        return len(self.areas) - 1

    def kept(self, keep: NDArray[np.bool_]) -> Objects:
        """Return the objects to keep, numbered from 1 in order; `keep[0]` is ignored.

        The same ones, if all are to be kept.
        """
        if keep[1:].all():
            return self
        numbers = np.cumsum(keep[1:], dtype=np.int32)
        numbers[~keep[1:]] = 0
        numbers = np.concatenate([np.zeros(1, np.int32), numbers])
        areas = np.concatenate([self.areas[:1], self.areas[1:][keep[1:]]])
        return replace(self, number_of=numbers.take(self.number_of), areas=areas)

    def at_least(self, area: float) -> Objects:
        """Return the objects of at least so many pixels, and of at least one."""
        return self.kept(self.areas >= max(area, 1))

    def sums(self, values: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return the sum of a plane's values (Y, X) over each object; entry 0 is 0."""
        flat, length = values.ravel(), len(self.number_of)

        def sums_of(part: Marks) -> NDArray[np.float64]:
            weights = flat.take(part.places).astype(np.float64)
            return np.asarray(np.bincount(part.numbers, weights, length), np.float64)

        total = np.sum(on_every_core(sums_of, self.parts), axis=0)
        return np.concatenate([np.zeros(1), total[np.flatnonzero(self.number_of)]])

    def at_a_pixel(self, plane: NDArray[np.int32]) -> NDArray[np.int32]:
        """Return a plane's value at one pixel of each object; 0 where it has none."""
        flat, found = plane.ravel(), np.zeros(len(self.number_of), np.int32)

        def look(part: Marks) -> None:
            begins = np.flatnonzero(np.diff(part.numbers, prepend=0))
            found[part.numbers.take(begins)] = flat.take(part.places.take(begins))

        on_every_core(look, self.parts)
        ordered = np.flatnonzero(self.number_of)
        return np.concatenate([np.zeros(1, np.int32), found[ordered]])

    def within(self, rows: slice) -> Marks:
        """Return the pixels in some rows, with places counted from the first row."""
        width = self.shape[1]
        first, last = rows.start * width, rows.stop * width
        places, numbers = [np.zeros(0, np.intp)], [np.zeros(0, np.int32)]
        for part in self.parts:
            low, high = np.searchsorted(part.places, (first, last))
            present = self.number_of.take(part.numbers[low:high])
            stays = np.s_[:] if present.all() else present > 0
            places.append(part.places[low:high][stays] - first)
            numbers.append(present[stays])
        return Marks(np.concatenate(places), np.concatenate(numbers))

    def on_plane(self) -> NDArray[np.int32]:
        """Return labels (Y, X): the objects' numbers, 0 elsewhere."""
        plane = np.zeros(self.shape, np.int32)
        flat = plane.ravel()

        def write(part: Marks) -> None:
            flat[part.places] = self.number_of.take(part.numbers)

        on_every_core(write, self.parts)
        return plane
