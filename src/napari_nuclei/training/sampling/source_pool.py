"""Read training images when they are drawn; only some of them stay in memory.

An image is read and prepared once. If the memory is full, the prepared image is written
to a temporary folder, from which it is read in a few milliseconds.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from threading import Lock
from typing import Any, overload
from weakref import finalize

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.training.sampling.pyramid import SamplePyramid, pyramid_bytes
from napari_nuclei.training.temporary import temporary_prefix

CACHE_BYTES = 1 << 30
"""Memory for prepared images, in bytes."""

ReadPyramid = Callable[[], SamplePyramid]


class SourcePool(Sequence[SamplePyramid]):
    """Prepared training images that are read when they are needed.

    Parameters
    ----------
    readers : sequence of callable
        Each reads and prepares one image.
    weights : ndarray of float, shape (readers,), optional
        Probability of drawing each image. None derives it from the images, which reads
        all of them.
    cache_bytes : int
        Memory for prepared images, in bytes. The images that were used last stay in
        memory, at least one of them; the others are written to a temporary folder.

    Examples
    --------
    >>> len(SourcePool([]))
    0
    """

    def __init__(
        self,
        readers: Sequence[ReadPyramid],
        weights: NDArray[np.float64] | None = None,
        *,
        cache_bytes: int = CACHE_BYTES,
    ) -> None:
        self.weights = weights
        self._readers, self._limit = tuple(readers), cache_bytes
        self._cache: OrderedDict[int, SamplePyramid] = OrderedDict()
        self._bytes = 0
        self._folder: Path | None = None
        self._written: set[int] = set()
        self._lock = Lock()  # batches and validation may be drawn at the same time

    def __len__(self) -> int:
        return len(self._readers)

    @overload
    def __getitem__(self, index: int) -> SamplePyramid: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[SamplePyramid]: ...
    def __getitem__(
        self, index: int | slice
    ) -> SamplePyramid | Sequence[SamplePyramid]:
        if isinstance(index, slice):
            return [self[number] for number in range(len(self))[index]]
        number = range(len(self))[index]
        with self._lock:
            if number in self._cache:
                self._cache.move_to_end(number)
                return self._cache[number]
            pyramid = self._read(number)
            self._cache[number] = pyramid
            self._bytes += pyramid_bytes(pyramid)
            while self._bytes > self._limit and len(self._cache) > 1:
                oldest, dropped = self._cache.popitem(last=False)
                self._bytes -= pyramid_bytes(dropped)
                self._write(oldest, dropped)
            return pyramid

    @property
    def read_count(self) -> int:
        """Number of images that have been read so far."""
        return len(self._written | set(self._cache))

    def _path(self, number: int) -> Path:
        if self._folder is None:
            self._folder = Path(mkdtemp(prefix=temporary_prefix()))
            finalize(self, rmtree, self._folder, ignore_errors=True)
        return self._folder / f"{number}.npz"

    def _read(self, number: int) -> SamplePyramid:
        if number in self._written:
            return load_pyramid(self._path(number))
        return self._readers[number]()

    def _write(self, number: int, pyramid: SamplePyramid) -> None:
        if number not in self._written:
            save_pyramid(self._path(number), pyramid)
            self._written.add(number)


def save_pyramid(path: Path, pyramid: SamplePyramid) -> None:
    """Write a prepared image as an uncompressed npz file."""
    arrays: dict[str, NDArray[Any]] = {
        f"{name}{level}": array
        for name, levels in (("image", pyramid.images), ("target", pyramid.targets))
        for level, array in enumerate(levels)
    }
    if pyramid.annotated_positions is not None:
        arrays["annotated_positions"] = pyramid.annotated_positions
    has_colours, is_bright, size = pyramid.kind
    np.savez(
        path,
        allow_pickle=False,
        instance_ids=pyramid.instance_ids,
        centres=pyramid.centres,
        diameter=pyramid.diameter,
        kind=np.array([has_colours, is_bright, size]),
        **arrays,
    )


def load_pyramid(path: Path) -> SamplePyramid:
    """Read a file that `save_pyramid` wrote."""
    with np.load(path, allow_pickle=False) as file:
        levels = sum(name.startswith("image") for name in file.files)
        has_colours, is_bright, size = file["kind"].tolist()
        positions = "annotated_positions"
        return SamplePyramid(
            images=tuple(file[f"image{level}"] for level in range(levels)),
            targets=tuple(file[f"target{level}"] for level in range(levels)),
            instance_ids=file["instance_ids"],
            centres=file["centres"],
            diameter=float(file["diameter"]),
            kind=(bool(has_colours), bool(is_bright), size),
            annotated_positions=file[positions] if positions in file.files else None,
        )
