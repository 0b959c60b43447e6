"""Blocks as data: a large plane is cut so that every nucleus has one owner.

A block is read with a margin around it. It owns the nuclei whose centre it holds; the
margin shows it the whole of them. Each nucleus is known by the place of its first
pixel, which every block that sees it whole agrees on, so blocks need not talk to each
other and may be done in any order, anywhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.instances.label import border_pixels
from napari_nuclei.core.tiling import TilePlan


@dataclass(frozen=True, slots=True)
class Window:
    """A rectangle of pixels: rows from `top` to before `bottom`, columns likewise."""

    top: int
    bottom: int
    left: int
    right: int

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width, in pixels."""
        return self.bottom - self.top, self.right - self.left

    @property
    def index(self) -> tuple[slice, slice]:
        """What picks the window out of an array (Y, X)."""
        return slice(self.top, self.bottom), slice(self.left, self.right)

    def intersection(self, other: Window) -> Window:
        """Return the part that lies in another window."""
        return Window(
            max(self.top, other.top),
            min(self.bottom, other.bottom),
            max(self.left, other.left),
            min(self.right, other.right),
        )

    def expanded(self, by: int) -> Window:
        """Return the window with a margin around it."""
        return Window(self.top - by, self.bottom + by, self.left - by, self.right + by)

    def translated(self, down: int, right: int) -> Window:
        """Return the window in coordinates that start elsewhere."""
        return Window(
            self.top + down, self.bottom + down, self.left + right, self.right + right
        )

    def aligned(self, step: int) -> Window:
        """Return the smallest window around this one on a grid of `step` pixels."""
        return Window(
            self.top // step * step,
            -(-self.bottom // step) * step,
            self.left // step * step,
            -(-self.right // step) * step,
        )

    def scaled(self, numerator: int, denominator: int) -> Window:
        """Return the window around this one in an image resized by a fraction."""
        return Window(
            self.top * numerator // denominator,
            -(-self.bottom * numerator // denominator),
            self.left * numerator // denominator,
            -(-self.right * numerator // denominator),
        )

    def __str__(self) -> str:
        return f"rows {self.top} to {self.bottom}, columns {self.left} to {self.right}"


def plan_blocks(shape: tuple[int, int], block: int) -> tuple[Window, ...]:
    """Cut a plane into blocks that hold every pixel once, row by row.

    Parameters
    ----------
    shape : tuple of int
        Height and width of the plane, in pixels.
    block : int
        Side of a block, in pixels.

    Examples
    --------
    >>> [str(b) for b in plan_blocks((100, 80), 64)][-1]
    'rows 64 to 100, columns 64 to 80'
    """
    height, width = shape
    return tuple(
        Window(top, min(top + block, height), left, min(left + block, width))
        for top, left in product(range(0, height, block), range(0, width, block))
    )


def crop_plan(plan: TilePlan, window: Window) -> tuple[TilePlan, Window]:
    """Return the tiles of a plane's plan that a window needs.

    They lie where they do in the whole plane's plan, so that the window's pixels come
    out as they would from all tiles.

    Parameters
    ----------
    plan : TilePlan
        Of the whole plane.
    window : Window

    Returns
    -------
    TilePlan
        In coordinates of the region.
    Window
        The region of the plane that those tiles cover.
    """
    rows, top, bottom = tiles_in_range(
        plan.rows, plan.tile, plan.shape[0], window.top, window.bottom
    )
    columns, left, right = tiles_in_range(
        plan.columns, plan.tile, plan.shape[1], window.left, window.right
    )
    region = Window(top, bottom, left, right)
    return TilePlan(region.shape, plan.tile, plan.overlap, rows, columns), region


def tiles_in_range(
    firsts: tuple[int, ...], tile: int, length: int, low: int, high: int
) -> tuple[tuple[int, ...], int, int]:
    """Return along one axis the tiles that reach into a range, and where they lie."""
    if length <= tile:
        return firsts, 0, length
    kept = [first for first in firsts if first < high and first + tile > low]
    return tuple(first - kept[0] for first in kept), kept[0], kept[-1] + tile


@dataclass(frozen=True, slots=True)
class BlockNuclei:
    """The nuclei of a window, and which of them a block owns; entry 0 is background.

    Attributes
    ----------
    keys : ndarray of int64, shape (n + 1,)
        Place of each label's first pixel in the flattened plane, -1 where the label
        has none.
    owned : ndarray of bool, shape (n + 1,)
        Whether the centre lies in the block.
    cut : ndarray of bool, shape (n + 1,)
        Whether the nucleus reaches an edge of the window that is none of the plane.
    """

    keys: NDArray[np.int64]
    owned: NDArray[np.bool_]
    cut: NDArray[np.bool_]


def find_owned_nuclei(
    labels: NDArray[np.int32], window: Window, block: Window, shape: tuple[int, int]
) -> BlockNuclei:
    """Say which nuclei of a window belong to a block, and by what they are known.

    Parameters
    ----------
    labels : ndarray of int32, shape (Y, X)
        Of the window.
    window, block : Window
        In coordinates of the plane; the block lies in the window.
    shape : tuple of int
        Height and width of the plane, in pixels.
    """
    places = np.flatnonzero(labels)
    numbers = labels.ravel()[places]
    rows, columns = np.divmod(places, window.shape[1])
    rows, columns = rows + window.top, columns + window.left
    count = int(numbers.max(initial=0)) + 1
    area = np.bincount(numbers, minlength=count)
    keys = np.full(count, -1, np.int64)
    keys[numbers[::-1]] = (rows * shape[1] + columns)[::-1]  # the last one set stays
    # Whole numbers: every block that sees a nucleus finds the same centre.
    inside = area > 0
    centres = []
    for values in (rows, columns):
        total = np.bincount(numbers, values, count).astype(np.int64)
        centres.append(total // np.maximum(area, 1))
    inside &= (centres[0] >= block.top) & (centres[0] < block.bottom)
    inside &= (centres[1] >= block.left) & (centres[1] < block.right)
    cut = np.zeros(count, bool)
    for edge, outer in zip(
        border_pixels(labels), edges_of_plane(window, shape), strict=True
    ):
        if not outer:
            cut[edge] = True
    cut[0] = False
    return BlockNuclei(keys, inside, cut)


def edges_of_plane(window: Window, shape: tuple[int, int]) -> tuple[bool, ...]:
    """Say which `border_pixels` of a window are edges of the plane too."""
    return (
        window.top == 0,
        window.bottom == shape[0],
        window.left == 0,
        window.right == shape[1],
    )


def keys_to_labels(
    keys: NDArray[np.int64], all_keys: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return the final number of each key, 0 for those that are not in the plane.

    Parameters
    ----------
    keys : ndarray of int64, shape (n,)
    all_keys : ndarray of int64, sorted
        The keys of all nuclei of the plane; the first one is number 1.
    """
    if not len(all_keys):
        return np.zeros(len(keys), np.int64)
    at = np.searchsorted(all_keys, keys).clip(max=len(all_keys) - 1)
    return np.where(all_keys[at] == keys, at + 1, 0)
