"""Tiles as data: planned once, then cropped, predicted and stitched from the plan."""

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
"""Takes tiles of shape (N, Y, X, C), gives outputs of shape (N, Y, X, D)."""

Progress = Callable[[int, int], None]
"""Is told (done, total); cancels by raising."""

TILE_STEP = 32
"""Sides of tiles are multiples of this: the network halves its input five times."""

QUEUED_BATCHES = 2
"""Batches that are given to the network before the first is blended: the cores that
run the network never wait for the one that crops and blends."""

Corners = tuple[tuple[int, int], ...]
"""First row and column of tiles."""

TileRunner = Callable[[Network, Corners, NDArray[np.float32]], NDArray[np.float32]]
"""Gives what a network makes of tiles; it may know some of it by the tiles' places."""

Key = TypeVar("Key")
Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class TilePlan:
    """Where the tiles of an image lie.

    Attributes
    ----------
    shape : tuple of int
        Height and width of the image, in pixels.
    tile : int
        Side of a tile, in pixels.
    overlap : int
        Pixels that neighbouring tiles share at least.
    rows, columns : tuple of int
        First row of each row of tiles, first column of each column of tiles. Where
        the image is smaller than a tile the only tile starts before the image, at a
        negative place.
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
    """Return where tiles start that cover `length` pixels evenly."""
    if length <= tile:
        return (-((tile - length) // 2),)
    count = tiles_along(length, tile, overlap)
    return tuple(int(x) for x in np.linspace(0, length - tile, count).round())


def tiles_along(length: int, tile: int, overlap: int) -> int:
    """Return how many tiles cover `length` pixels."""
    return max(1, -(-(length - overlap) // (tile - overlap)))


def choose_tile_size(
    shape: tuple[int, int], *, largest: int, smallest: int, overlap: int
) -> int:
    """Return the side of the tiles that cover an image with the fewest pixels.

    Parameters
    ----------
    shape : tuple of int
        Height and width of the image, in pixels.
    largest, smallest : int
        Sides that are allowed, in pixels, in steps of 32 down from `largest`.
    overlap : int
        Pixels that neighbouring tiles share at least.

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
        Pixels that neighbouring tiles share at least; at most half of `tile`.

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
    """Yield corners and tiles, `batch` at a time, reflected beyond the border.

    Parameters
    ----------
    image : ndarray of float32, shape (Y, X, C)
    plan : TilePlan
    batch : int
        Most tiles in one array.

    Yields
    ------
    corners : tuple of (int, int)
    tiles : ndarray of float32, shape (n, tile, tile, C)
    """
    before = [-min(0, tile_starts[0]) for tile_starts in (plan.rows, plan.columns)]
    after = [max(0, plan.tile - before[axis] - plan.shape[axis]) for axis in range(2)]
    if any(before) or any(after):
        widths = [(before[0], after[0]), (before[1], after[1]), (0, 0)]
        image = np.pad(image, widths, mode="symmetric")
    side, corners = plan.tile, plan.corners
    grey = image.shape[2] == 3 and not image.strides[2]  # one channel seen as three
    for first in range(0, len(corners), batch):
        some = corners[first : first + batch]
        tiles = np.empty((len(some), side, side, image.shape[2]), np.float32)
        for tile, (row, column) in zip(tiles, some, strict=True):
            y, x = row + before[0], column + before[1]
            part = image[y : y + side, x : x + side]
            if grey:
                cv2.merge([part[..., 0]] * 3, dst=tile)
            else:
                tile[...] = part
        yield some, tiles


def ramp(tile: int, overlap: int) -> NDArray[np.float32]:
    """Return the weight of a tile's pixels along one axis: a trapezium, never 0."""
    away = np.minimum(np.arange(tile), np.arange(tile)[::-1]) + 0.5
    weights: NDArray[np.float32] = np.minimum(away / max(overlap, 0.5), 1).astype(
        np.float32
    )
    return weights


def run_every_tile(
    network: Network, corners: Corners, tiles: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Run a network on all tiles, wherever they lie."""
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

    The outputs are averaged with weights that fall towards each tile's edge.

    Parameters
    ----------
    image : ndarray of float32, shape (Y, X, C)
    network : callable
        Takes (n, tile, tile, C), gives (n, tile, tile, D), both float32. It is called
        from threads, on two batches at a time.
    plan : TilePlan
    batch : int
        Most tiles that are given to the network at once.
    progress : callable, optional
        Is told (done, total) in tiles.
    runner : callable, optional
        Runs the network, or knows what it would give.

    Returns
    -------
    ndarray of float32, shape (Y, X, D)
        Each output lies in memory as one plane.
    """
    height, width = plan.shape
    down, across = (
        tile_weights(firsts, plan, length)
        for firsts, length in zip((plan.rows, plan.columns), plan.shape, strict=True)
    )
    blended: NDArray[np.float32] | None = None
    done, total = 0, len(plan.corners)
    batches = ((some, (some, tiles)) for some, tiles in crop_tiles(image, plan, batch))
    for corners, found in map_ahead(lambda two: runner(network, *two), batches):
        if blended is None:
            blended = np.zeros((found.shape[-1], height, width), np.float32)
        for (row, column), output in zip(corners, found, strict=True):
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
    work: Callable[[Item], Result], batches: Iterable[tuple[Key, Item]]
) -> Iterator[tuple[Key, Result]]:
    """Yield what work makes of batches, in order, while it goes on with the next."""
    with ThreadPoolExecutor(QUEUED_BATCHES, "tiles") as pool:
        running: deque[tuple[Key, Future[Result]]] = deque()
        for key, batch in batches:
            running.append((key, pool.submit(work, batch)))
            if len(running) > QUEUED_BATCHES:
                first, future = running.popleft()
                yield first, future.result()
        for first, future in running:
            yield first, future.result()


def tile_weights(
    firsts: tuple[int, ...], plan: TilePlan, length: int
) -> dict[int, NDArray[np.float32]]:
    """Return the weights of each tile along an axis, which add up to 1 at each pixel.

    Parameters
    ----------
    firsts : tuple of int
        Where the tiles start.
    plan : TilePlan
    length : int
        Of the image along the axis, in pixels.
    """
    one_side = ramp(plan.tile, plan.overlap)
    before = -min(0, firsts[0])
    total = np.zeros(max(length, firsts[-1] + plan.tile) + before, np.float32)
    for first in firsts:
        total[first + before :][: plan.tile] += one_side
    return {first: one_side / total[first + before :][: plan.tile] for first in firsts}
