"""Cut a large plane into blocks, so that every nucleus belongs to one block.

A block is segmented with a margin around it, and owns the nuclei whose centre lies in
the block. The margin must be wide enough to hold the rest of these nuclei. The key of a
nucleus is the position of its first pixel in the plane. All blocks in which the nucleus
is complete find the same key, so blocks are independent of each other and may run in
any order, on any machine.
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
        """The slices of the window in an array (Y, X)."""
        return slice(self.top, self.bottom), slice(self.left, self.right)

    def intersection(self, other: Window) -> Window:
        """Return the pixels that lie in both windows."""
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
        """Return the window moved by a number of rows and columns."""
        return Window(
            self.top + down, self.bottom + down, self.left + right, self.right + right
        )

    def aligned(self, step: int) -> Window:
        """Return the window expanded until its edges are multiples of a step."""
        return Window(
            self.top // step * step,
            -(-self.bottom // step) * step,
            self.left // step * step,
            -(-self.right // step) * step,
        )

    def scaled(self, numerator: int, denominator: int) -> Window:
        """Return the window in an image resized by a fraction, rounded outwards."""
        return Window(
            self.top * numerator // denominator,
            -(-self.bottom * numerator // denominator),
            self.left * numerator // denominator,
            -(-self.right * numerator // denominator),
        )

    def __str__(self) -> str:
        return f"rows {self.top} to {self.bottom}, columns {self.left} to {self.right}"


def candidate_windows(shape: tuple[int, int], side: float) -> list[Window]:
    """Return up to nine evenly spaced windows of a plane.

    Parameters
    ----------
    shape : tuple of int
        Height and width of the plane, in pixels.
    side : float
        Largest side of a window, in pixels.
    """
    tall, wide = (int(min(length, np.ceil(side))) for length in shape)
    rows, columns = (
        np.unique(np.linspace(0, length - part, 3).astype(int)).tolist()
        for length, part in zip(shape, (tall, wide), strict=True)
    )
    return [
        Window(row, row + tall, column, column + wide)
        for row in rows
        for column in columns
    ]


def plan_blocks(shape: tuple[int, int], block: int) -> tuple[Window, ...]:
    """Cut a plane into blocks; every pixel lies in one block.

    Parameters
    ----------
    shape : tuple of int
        Height and width of the plane, in pixels.
    block : int
        Side of a block, in pixels.

    Returns
    -------
    tuple of Window
        Row by row.

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

    Tiles have the same positions as in the plan of the whole plane, so the output for
    the window does not change.

    Parameters
    ----------
    plan : TilePlan
        Plan of the whole plane.
    window : Window

    Returns
    -------
    TilePlan
        The tiles, in coordinates of the area that they cover.
    Window
        This area of the plane.
    """
    rows, top, bottom = tiles_in_range(
        plan.rows, plan.tile, plan.shape[0], window.top, window.bottom
    )
    columns, left, right = tiles_in_range(
        plan.columns, plan.tile, plan.shape[1], window.left, window.right
    )
    area = Window(top, bottom, left, right)
    return TilePlan(area.shape, plan.tile, plan.overlap, rows, columns), area


def tiles_in_range(
    firsts: tuple[int, ...], tile: int, length: int, low: int, high: int
) -> tuple[tuple[int, ...], int, int]:
    """Return the tiles along one axis that overlap a range of pixels.

    Parameters
    ----------
    firsts : tuple of int
        First pixel of each tile.
    tile, length : int
        Side of a tile and length of the axis, in pixels.
    low, high : int
        The range, from `low` to before `high`.

    Returns
    -------
    firsts : tuple of int
        First pixels of these tiles, counted from `start`.
    start, end : int
        The pixels that they cover.
    """
    if length <= tile:
        return firsts, 0, length
    needed = [first for first in firsts if first < high and first + tile > low]
    start, end = needed[0], needed[-1] + tile
    return tuple(first - start for first in needed), start, end


@dataclass(frozen=True, slots=True)
class BlockNuclei:
    """The nuclei of a window by their numbers; entry 0 is the background.

    Attributes
    ----------
    keys : ndarray of int64, shape (n + 1,)
        Position of the first pixel of each nucleus in the flattened plane; -1 for
        numbers without pixels.
    owned : ndarray of bool, shape (n + 1,)
        Whether the centre of the nucleus lies in the block.
    cut : ndarray of bool, shape (n + 1,)
        Whether the nucleus touches an edge of the window inside the plane.
    """

    keys: NDArray[np.int64]
    owned: NDArray[np.bool_]
    cut: NDArray[np.bool_]


def find_owned_nuclei(
    labels: NDArray[np.int32], window: Window, block: Window, shape: tuple[int, int]
) -> BlockNuclei:
    """Find the key of each nucleus of a window, and whether a block owns it.

    Parameters
    ----------
    labels : ndarray of int32, shape (Y, X)
        Labels of the window.
    window, block : Window
        In pixels of the plane; the block lies in the window.
    shape : tuple of int
        Height and width of the plane, in pixels.

    Returns
    -------
    BlockNuclei
    """
    positions = np.flatnonzero(labels)
    numbers = labels.ravel()[positions]
    rows, columns = np.divmod(positions, window.shape[1])
    rows, columns = rows + window.top, columns + window.left
    count = int(numbers.max(initial=0)) + 1
    area = np.bincount(numbers, minlength=count)
    keys = np.full(count, -1, np.int64)
    # In reverse, so that the first pixel of a nucleus is written last.
    keys[numbers[::-1]] = (rows * shape[1] + columns)[::-1]
    # With integers, every block finds the same centre of a nucleus.
    owned = area > 0
    centres = []
    for values in (rows, columns):
        total = np.bincount(numbers, values, count).astype(np.int64)
        centres.append(total // np.maximum(area, 1))
    owned &= (centres[0] >= block.top) & (centres[0] < block.bottom)
    owned &= (centres[1] >= block.left) & (centres[1] < block.right)
    cut = np.zeros(count, bool)
    for border, is_plane_edge in zip(
        border_pixels(labels), edges_of_plane(window, shape), strict=True
    ):
        if not is_plane_edge:
            cut[border] = True
    cut[0] = False
    return BlockNuclei(keys, owned, cut)


def edges_of_plane(window: Window, shape: tuple[int, int]) -> tuple[bool, ...]:
    """Return whether each of a window's `border_pixels` is a border of the plane."""
    return (
        window.top == 0,
        window.bottom == shape[0],
        window.left == 0,
        window.right == shape[1],
    )


def keys_to_labels(
    keys: NDArray[np.int64], all_keys: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return the label of each key in the plane, 0 if it is not in `all_keys`.

    Parameters
    ----------
    keys : ndarray of int64, shape (n,)
    all_keys : ndarray of int64
        Keys of all nuclei of the plane, sorted; the first one gets label 1.

    Examples
    --------
    >>> keys_to_labels(np.array([7, 5, 30]), np.array([7, 30])).tolist()
    [1, 0, 2]
    """
    if not len(all_keys):
        return np.zeros(len(keys), np.int64)
    index = np.searchsorted(all_keys, keys).clip(max=len(all_keys) - 1)
    return np.where(all_keys[index] == keys, index + 1, 0)
