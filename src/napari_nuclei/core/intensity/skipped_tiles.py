"""Skip tiles that the network need not process: without structure, or seen before."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.tiling import Network, TilePlan, crop_tiles

CELL = 8
"""Side, in pixels of the network, of the cells over which a tile is averaged. A nucleus
covers about five cells; the average removes most of the noise."""

MIN_CELLS = 8
"""Smallest number of cells along a side of a tile."""

FLAT_RANGE = 0.04
"""Largest difference between two cells of a flat tile, where 1 is the range of the
image's intensities. In the validation images, the cells of every tile with an annotated
nucleus differ by 0.18 or more."""

FLAT_SPREAD = 0.1
"""Largest standard deviation of the pixels of a flat tile. Noise spreads less;
structure that is finer than a cell spreads more."""


def skip_tiles(network: Network, outputs: int, *, flat: bool) -> Network:
    """Return a network that is not run on tiles without content; zeros replace them.

    Tiles of zeros are the padding of a mosaic or a slide. The network's output for them
    is arbitrary, so they are always skipped.

    Parameters
    ----------
    network : callable
    outputs : int
        Number of the network's output channels.
    flat : bool
        Also skip flat tiles: an even background, such as glass.
    """

    def run(tiles: NDArray[np.float32]) -> NDArray[np.float32]:
        is_skipped = is_flat if flat else is_zero
        needed = np.array([not is_skipped(tile) for tile in tiles], bool)
        if needed.all():
            return network(tiles)
        result = np.zeros((*tiles.shape[:3], outputs), np.float32)
        if needed.any():
            result[needed] = network(tiles[needed])
        return result

    return run


class RememberingNetwork:
    """A network that is not run again on a tile that it had in a call of its own.

    A trial of the scale often has the only tile of a small image.

    Parameters
    ----------
    network : callable
    """

    def __init__(self, network: Network) -> None:
        self._network = network
        self._remembered: list[tuple[NDArray[np.float32], NDArray[np.float32]]] = []

    def __call__(self, tiles: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the output for tiles (N, Y, X, C), computed now or before."""
        if len(tiles) > 1:
            return self._network(tiles)
        for tile, output in self._remembered:
            if np.array_equal(tile, tiles):
                return output
        output = self._network(tiles)
        self._remembered.append((tiles, output))
        return output

    def __getattr__(self, name: str) -> Any:
        return getattr(self._network, name)


def all_flat(image: NDArray[np.float32], plan: TilePlan) -> bool:
    """Return whether all tiles of a plan are flat.

    Parameters
    ----------
    image : ndarray of float32, shape (Y, X, C)
    plan : TilePlan
    """
    # The first tile that is not flat ends the loop.
    return all(
        is_flat(tile) for _, tiles in crop_tiles(image, plan, 1) for tile in tiles
    )


def is_zero(tile: NDArray[np.float32]) -> bool:
    """Return whether all values of a tile are zero."""
    # Most tiles have a value above 0 in their middle row, which is quick to check.
    return not (tile[len(tile) // 2].any() or tile.any())


def is_flat(tile: NDArray[np.float32]) -> bool:
    """Return whether all parts of a tile are equally bright in every channel.

    Parameters
    ----------
    tile : ndarray of float32, shape (Y, X, C)

    Examples
    --------
    >>> import numpy as np
    >>> tile = np.full((128, 128, 3), 0.9, np.float32)
    >>> is_flat(tile)
    True
    >>> tile[60:70, 60:70] = 0.6
    >>> is_flat(tile)
    False
    """
    # Most tiles hold nuclei: the rows in the middle show that quickly.
    middle, band = len(tile) // 2, CELL * MIN_CELLS // 2
    rows = tile[max(0, middle - band) : middle + band]
    if differs(rows) or differs(tile):
        return False
    return bool(cv2.meanStdDev(tile)[1].max() <= FLAT_SPREAD)


def differs(pixels: NDArray[np.float32]) -> bool:
    """Return whether the averages of two cells differ by more than FLAT_RANGE."""
    height, width = (
        min(side, max(MIN_CELLS, side // CELL)) for side in pixels.shape[:2]
    )
    cells = cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA)
    cells = cells.reshape(height * width, -1)
    return bool((cells.max(axis=0) - cells.min(axis=0)).max() > FLAT_RANGE)
