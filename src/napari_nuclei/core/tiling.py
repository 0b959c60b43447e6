"""Plan overlapping tiles; crop, predict and blend them from the same plan."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

Network = Callable[[NDArray[np.float32]], NDArray[np.float32]]
"""Takes float32 tiles (N, Y, X, C), returns float32 outputs (N, Y, X, D)."""

Progress = Callable[[int, int], None]
"""Called with (done, total); raise an error in it to cancel."""

TILE_STEP = 32
"""Sides of tiles are multiples of this, in pixels: the network halves its input five
times."""

QUEUED_BATCHES = 2
"""Number of batches that are submitted ahead of the one that is blended, so that cores
that run the network do not wait for cropping and blending."""

Corners = tuple[tuple[int, int], ...]
"""First row and column of tiles."""

TileRunner = Callable[[Network, Corners, NDArray[np.float32]], NDArray[np.float32]]
"""Runs a network on tiles, given their first rows and columns; it may return outputs
computed before."""

Key = TypeVar("Key")
Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class TilePlan:
    """Positions of the tiles of an image.

    Attributes
    ----------
    shape : tuple of int
        Height and width of the image, in pixels.
    tile : int
        Side of a tile, in pixels.
    overlap : int
        Smallest number of pixels that neighbouring tiles share.
    rows, columns : tuple of int
        First row of each row of tiles, first column of each column of tiles. If the
        image is smaller than a tile, the only tile starts before the image, at a
        negative position.
    """

    shape: tuple[int, int]
    tile: int
    overlap: int
    rows: tuple[int, ...]
    columns: tuple[int, ...]

    @property
    def corners(self) -> Corners:
        """The first row and column of every tile."""
        return tuple((row, column) for row in self.rows for column in self.columns)


def tile_starts(length: int, tile: int, overlap: int) -> tuple[int, ...]:
    """Return the first pixels of tiles that cover `length` pixels evenly."""
    if length <= tile:
        return (-((tile - length) // 2),)
    count = tiles_along(length, tile, overlap)
    return tuple(int(x) for x in np.linspace(0, length - tile, count).round())


def tiles_along(length: int, tile: int, overlap: int) -> int:
    """Return the number of tiles that cover `length` pixels."""
    return max(1, -(-(length - overlap) // (tile - overlap)))


def choose_tile_size(
    shape: tuple[int, int], *, largest: int, smallest: int, overlap: int
) -> int:
    """Return the side of tiles with which the network processes the fewest pixels.

    Parameters
    ----------
    shape : tuple of int
        Height and width of the image, in pixels.
    largest, smallest : int
        Limits of the side, in pixels. Sides are tried in steps of 32 down from
        `largest`.
    overlap : int
        Smallest number of pixels that neighbouring tiles share.

    Examples
    --------
    >>> [choose_tile_size((n, n), largest=288, smallest=128, overlap=32)
    ...  for n in (100, 256, 512, 4096)]
    [128, 256, 288, 288]
    """
    sides = range(largest, min(largest, max(smallest, 2 * overlap)) - 1, -TILE_STEP)

    def pixels(side: int) -> int:
        down, across = (tiles_along(length, side, overlap) for length in shape)
        return down * across * side**2

    return min(sides, key=pixels)


def plan_tiles(
    shape: tuple[int, int], *, tile: int = 128, overlap: int = 32
) -> TilePlan:
    """Plan overlapping tiles that cover every pixel.

    Parameters
    ----------
    shape : tuple of int
        Height and width of the image, in pixels.
    tile : int
        Side of a tile, in pixels.
    overlap : int
        Smallest number of pixels that neighbouring tiles share; at most half of
        `tile`.

    Raises
    ------
    ValueError
        If the overlap is negative or more than half of a tile.

    Examples
    --------
    >>> plan_tiles((128, 300), tile=128, overlap=32).columns
    (0, 86, 172)
    """
    if not 0 <= overlap <= tile // 2:
        raise ValueError(
            f"overlap must be from 0 to half of tile ({tile // 2}); got {overlap}"
        )
    rows, columns = (tile_starts(length, tile, overlap) for length in shape)
    return TilePlan((shape[0], shape[1]), tile, overlap, rows, columns)


def crop_tiles(
    image: NDArray[np.float32], plan: TilePlan, batch: int
) -> Iterator[tuple[Corners, NDArray[np.float32]]]:
    """Yield batches of tiles; the image is reflected beyond its border.

    Parameters
    ----------
    image : ndarray of float32, shape (Y, X, C)
    plan : TilePlan
    batch : int
        Largest number of tiles in a batch.

    Yields
    ------
    corners : tuple of (int, int)
        First row and column of each tile.
    tiles : ndarray of float32, shape (n, tile, tile, C)
    """
    before = [-min(0, firsts[0]) for firsts in (plan.rows, plan.columns)]
    after = [max(0, plan.tile - before[axis] - plan.shape[axis]) for axis in range(2)]
    if any(before) or any(after):
        widths = [(before[0], after[0]), (before[1], after[1]), (0, 0)]
        image = np.pad(image, widths, mode="symmetric")
    side, corners = plan.tile, plan.corners
    grey = image.shape[2] == 3 and not image.strides[2]  # three views of one channel
    for first in range(0, len(corners), batch):
        in_batch = corners[first : first + batch]
        tiles = np.empty((len(in_batch), side, side, image.shape[2]), np.float32)
        for tile, (row, column) in zip(tiles, in_batch, strict=True):
            y, x = row + before[0], column + before[1]
            part = image[y : y + side, x : x + side]
            if grey:
                cv2.merge([part[..., 0]] * 3, dst=tile)
            else:
                tile[...] = part
        yield in_batch, tiles


def ramp(tile: int, overlap: int) -> NDArray[np.float32]:
    """Return the weights of a tile's pixels along one axis.

    They rise from the edges over `overlap` pixels to 1, and are never 0.
    """
    distance = np.minimum(np.arange(tile), np.arange(tile)[::-1]) + 0.5
    return np.asarray(np.minimum(distance / max(overlap, 0.5), 1), np.float32)


def run_every_tile(
    network: Network, corners: Corners, tiles: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Run a network on all tiles; their positions do not matter."""
    return network(tiles)


def predict_tiled(
    image: NDArray[np.float32],
    network: Network,
    plan: TilePlan,
    *,
    batch: int = 4,
    progress: Progress | None = None,
    runner: TileRunner = run_every_tile,
) -> NDArray[np.float32]:
    """Run a network over the tiles of a plan and blend its outputs.

    Where tiles overlap, outputs are averaged with weights that fall towards the edges
    of each tile.

    Parameters
    ----------
    image : ndarray of float32, shape (Y, X, C)
    network : callable
        Takes (n, tile, tile, C), returns (n, tile, tile, D), both float32. It is
        called from two threads at once.
    plan : TilePlan
    batch : int
        Largest number of tiles in a call of the network.
    progress : callable, optional
        Called with (done, total) in tiles.
    runner : callable, optional
        Runs the network, or returns outputs computed before.

    Returns
    -------
    ndarray of float32, shape (Y, X, D)
        Each channel is contiguous in memory.
    """
    height, width = plan.shape
    down, across = (
        tile_weights(firsts, plan, length)
        for firsts, length in zip((plan.rows, plan.columns), plan.shape, strict=True)
    )
    blended: NDArray[np.float32] | None = None
    done, total = 0, len(plan.corners)
    batches = (
        (corners, (corners, tiles)) for corners, tiles in crop_tiles(image, plan, batch)
    )
    for corners, outputs in map_ahead(lambda item: runner(network, *item), batches):
        if blended is None:
            blended = np.zeros((outputs.shape[-1], height, width), np.float32)
        for (row, column), output in zip(corners, outputs, strict=True):
            top, left = max(row, 0), max(column, 0)
            bottom, right = min(row + plan.tile, height), min(column + plan.tile, width)
            weights = np.outer(down[row], across[column])
            inside = np.s_[top - row : bottom - row, left - column : right - column]
            for plane, part in zip(blended, cv2.split(output), strict=True):
                plane[top:bottom, left:right] += (part * weights)[inside]
        done += len(corners)
        if progress:
            progress(done, total)
    assert blended is not None  # a plan holds at least one tile
    return np.moveaxis(blended, 0, -1)


def map_ahead(
    function: Callable[[Item], Result], batches: Iterable[tuple[Key, Item]]
) -> Iterator[tuple[Key, Result]]:
    """Yield results of a function, in order, while threads compute the next ones."""
    with ThreadPoolExecutor(QUEUED_BATCHES, "tiles") as pool:
        running: deque[tuple[Key, Future[Result]]] = deque()
        for key, batch in batches:
            running.append((key, pool.submit(function, batch)))
            if len(running) > QUEUED_BATCHES:
                first, future = running.popleft()
                yield first, future.result()
        for first, future in running:
            yield first, future.result()


def tile_weights(
    firsts: tuple[int, ...], plan: TilePlan, length: int
) -> dict[int, NDArray[np.float32]]:
    """Return the weights of each tile along an axis; they add up to 1 at each pixel.

    Parameters
    ----------
    firsts : tuple of int
        First pixel of each tile.
    plan : TilePlan
    length : int
        Length of the image along the axis, in pixels.

    Returns
    -------
    dict of int to ndarray of float32, shape (tile,)
        By the first pixel of the tile.
    """
    weights = ramp(plan.tile, plan.overlap)
    before = -min(0, firsts[0])
    total = np.zeros(max(length, firsts[-1] + plan.tile) + before, np.float32)
    for first in firsts:
        total[first + before :][: plan.tile] += weights
    return {first: weights / total[first + before :][: plan.tile] for first in firsts}
