"""Outputs of tiles that several blocks need: each is made once."""

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
"""Outputs that are kept; the oldest go first, and are made again where needed."""

TileKey = tuple[int, ...]


@dataclass(slots=True)
class CachedTile:
    """The output of a tile, now or soon, and how many more blocks will ask for it."""

    uses: int
    output: Future[Floats] = field(default_factory=Future)


class TileCache:
    """Runs a network on those tiles alone whose output no other block has made.

    Blocks may be worked on in several threads: what one is making another waits for.
    Sent to another process, it starts there with nothing.

    Parameters
    ----------
    max_bytes : int
        Of all outputs that are kept.
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
            By which each tile is known.
        uses : sequence of int
            How many blocks need each tile, this one among them.

        Returns
        -------
        ndarray of float32, shape (N, Y, X, D)
        """
        known: dict[int, CachedTile] = {}
        promised: dict[int, CachedTile] = {}
        with self._lock:
            for number, (key, count) in enumerate(zip(keys, uses, strict=True)):
                if key in self._cache:
                    known[number] = self._take(key)
                elif count > 1:
                    self._cache[key] = promised[number] = CachedTile(count - 1)
            mine = [number for number in range(len(tiles)) if number not in known]
            self.computed += len(mine)
        try:
            made = network(tiles[mine]) if mine else np.zeros(0, np.float32)
        except BaseException as error:
            with self._lock:
                for number, kept in promised.items():
                    self._cache.pop(keys[number], None)
                    kept.output.set_exception(error)
            raise
        place_of = {number: place for place, number in enumerate(mine)}
        for number, kept in promised.items():
            self._store(keys[number], kept, made[place_of[number]].copy())
        if not known:
            return made
        outputs = {number: made[place] for number, place in place_of.items()}
        for number, kept in known.items():
            try:
                outputs[number] = kept.output.result()
            except Exception:  # it is the other block's error: perhaps not ours
                outputs[number] = network(tiles[number : number + 1])[0]
        return np.stack([outputs[number] for number in range(len(tiles))])

    def _take(self, key: TileKey) -> CachedTile:
        """Return what is kept under a key, and forget it after its last use."""
        kept = self._cache[key]
        kept.uses -= 1
        if kept.uses < 1:
            self._evict(key)
        return kept

    def _store(self, key: TileKey, kept: CachedTile, output: Floats) -> None:
        """Keep a promise; let go of the oldest outputs if there are too many."""
        with self._lock:
            kept.output.set_result(output)
            if self._cache.get(key) is kept:  # not yet taken for the last time
                self._bytes += output.nbytes
            done = [k for k, one in self._cache.items() if one.output.done()]
            for old in done:
                if self._bytes <= self.max_bytes:
                    break
                self._evict(old)

    def _evict(self, key: TileKey) -> None:
        kept = self._cache.pop(key)
        if kept.output.done():
            self._bytes -= kept.output.result().nbytes
