"""Cache of network outputs for tiles that several blocks need."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from napari_nuclei.core.maps import Floats
from napari_nuclei.core.tiling import Network

MAX_CACHE_BYTES = 128 << 20
"""Largest memory of cached outputs. The oldest are removed first, and computed again
if a block needs them."""

TileKey = tuple[int, ...]
"""Number of the plane, first row and first column of a tile."""


@dataclass(slots=True)
class CachedTile:
    """The output of a tile, which may still be computed.

    Attributes
    ----------
    uses : int
        Number of blocks that still need the output.
    output : Future
    """

    uses: int
    output: Future[Floats] = field(default_factory=Future)


class TileCache:
    """Run a network only on tiles whose output no other block has computed.

    Blocks may run in several threads: a block waits for outputs that another one is
    computing. A pickled cache is empty.

    Parameters
    ----------
    max_bytes : int
        Largest memory of all cached outputs, in bytes.

    Attributes
    ----------
    computed : int
        Number of outputs that the network has computed.
    """

    def __init__(self, max_bytes: int = MAX_CACHE_BYTES) -> None:
        self.max_bytes = max_bytes
        self.computed = 0
        self._lock = threading.Lock()
        self._cache: OrderedDict[TileKey, CachedTile] = OrderedDict()
        self._bytes = 0

    def __reduce__(self) -> tuple[Any, ...]:
        return TileCache, (self.max_bytes,)

    def run(
        self,
        network: Network,
        tiles: Floats,
        keys: Sequence[TileKey],
        uses: Sequence[int],
    ) -> Floats:
        """Return the network's output on tiles.

        Parameters
        ----------
        network : callable
        tiles : ndarray of float32, shape (N, Y, X, C)
        keys : sequence of tuple of int
            Identify the tiles.
        uses : sequence of int
            Number of blocks that need each tile, this one included.

        Returns
        -------
        ndarray of float32, shape (N, Y, X, D)
        """
        cached: dict[int, CachedTile] = {}
        promised: dict[int, CachedTile] = {}
        with self._lock:
            for number, (key, count) in enumerate(zip(keys, uses, strict=True)):
                if key in self._cache:
                    cached[number] = self._take(key)
                elif count > 1:
                    self._cache[key] = promised[number] = CachedTile(count - 1)
            missing = [number for number in range(len(tiles)) if number not in cached]
            self.computed += len(missing)
        try:
            computed = np.zeros(0, np.float32)
            if missing:
                computed = network(tiles[missing] if cached else tiles)
        except BaseException as error:
            with self._lock:
                for number, tile in promised.items():
                    self._cache.pop(keys[number], None)
                    tile.output.set_exception(error)
            raise
        row_of = {number: row for row, number in enumerate(missing)}
        for number, tile in promised.items():
            self._store(keys[number], tile, computed[row_of[number]].copy())
        if not cached:
            return computed
        outputs = {number: computed[row] for number, row in row_of.items()}
        for number, tile in cached.items():
            try:
                outputs[number] = tile.output.result()
            except Exception:  # the error of another block may not concern this one
                outputs[number] = network(tiles[number : number + 1])[0]
        return np.stack([outputs[number] for number in range(len(tiles))])

    def _take(self, key: TileKey) -> CachedTile:
        """Return a cached tile, and remove it after its last use."""
        tile = self._cache[key]
        tile.uses -= 1
        if tile.uses < 1:
            self._evict(key)
        return tile

    def _store(self, key: TileKey, tile: CachedTile, output: Floats) -> None:
        """Set the output of a promised tile; remove the oldest outputs if too many."""
        with self._lock:
            tile.output.set_result(output)
            if self._cache.get(key) is tile:  # it is removed after its last use
                self._bytes += output.nbytes
            finished = [k for k, one in self._cache.items() if one.output.done()]
            for oldest in finished:
                if self._bytes <= self.max_bytes:
                    break
                self._evict(oldest)

    def _evict(self, key: TileKey) -> None:
        """Remove a tile from the cache."""
        tile = self._cache.pop(key)
        if tile.output.done():
            self._bytes -= tile.output.result().nbytes
