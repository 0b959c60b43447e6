"""Read parts of pixels that lie in a file one after the other.

A memory map would do the same, but the process dies (SIGBUS) if the file is cut short
while it is mapped.
"""

from __future__ import annotations

import threading
import weakref
from itertools import product
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray


class ContiguousPixels:
    """Pixels that lie in a file one after the other, the last axis first.

    Parameters
    ----------
    path : Path
    offset : int
        Position of the first pixel in the file, in bytes.
    shape : tuple of int
    dtype : dtype
        With the byte order of the file. Parts have that of the computer.

    Attributes
    ----------
    shape : tuple of int
    dtype : dtype
    ndim : int
    """

    def __init__(
        self, path: Path, offset: int, shape: tuple[int, ...], dtype: DTypeLike
    ) -> None:
        self._stored = np.dtype(dtype)
        self.shape, self.ndim = tuple(map(int, shape)), len(shape)
        self.dtype = self._stored.newbyteorder("=")
        self._path, self._offset = path, offset
        self._lock = threading.Lock()
        self._file = path.open("rb")
        self._close = weakref.finalize(self, self._file.close)
        steps = [prod(self.shape[axis + 1 :]) for axis in range(self.ndim)]
        self._steps = [step * self._stored.itemsize for step in steps]

    def close(self) -> None:
        """Close the file, which is closed too when nothing refers to the pixels."""
        self._close()

    def __getitem__(self, index: Any) -> NDArray[Any]:
        """Read a part, by integers and slices; raise OSError if the file is shorter."""
        index = index if isinstance(index, tuple) else (index,)
        if Ellipsis in index:
            at = index.index(Ellipsis)
            full = (slice(None),) * (self.ndim - len(index) + 1)
            index = (*index[:at], *full, *index[at + 1 :])
        index = (*index, *[slice(None)] * (self.ndim - len(index)))
        spans: list[range] = []
        thinned: list[Any] = []
        for item, length in zip(index, self.shape, strict=True):
            chosen = range(length)[item]
            if isinstance(chosen, int):
                spans.append(range(chosen, chosen + 1))
                thinned.append(0)
                continue
            first, last = sorted((chosen[0], chosen[-1])) if chosen else (0, -1)
            spans.append(range(first, last + 1))
            thinned.append(slice(None, None, chosen.step))
        found: NDArray[Any] = self._read(spans)[tuple(thinned)]
        return found.astype(self.dtype, copy=False)

    def _read(self, spans: list[range]) -> NDArray[Any]:
        """Read a box of pixels, as few runs of bytes as possible."""
        box = np.empty([len(span) for span in spans], self._stored)
        if not box.size:
            return box
        axis = max(self.ndim - 1, 0)
        while axis > 0 and len(spans[axis]) == self.shape[axis]:
            axis -= 1
        rows = box.reshape(-1, prod(box.shape[axis:]))
        corner = [[span[0]] for span in spans[axis:]]
        for row, start in zip(rows, product(*spans[:axis], *corner), strict=True):
            within = sum(n * step for n, step in zip(start, self._steps, strict=True))
            self._read_into(row, self._offset + within)
        return box

    def _read_into(self, row: NDArray[Any], offset: int) -> None:
        """Read bytes at a position of the file."""
        view = row.view(np.uint8).data
        with self._lock:
            self._file.seek(offset)
            count = self._file.readinto(view)
        if count != len(view):
            raise OSError(f"{self._path.name} is cut short: some pixels are missing")
