"""Run the network with LiteRT on a CPU, or with Keras."""

from __future__ import annotations

import hashlib
import os
import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.model.litert.tflite_file import RESIZE_BILINEAR, TfliteFile
from napari_nuclei.model.native_output import suppress_native_output

if TYPE_CHECKING:
    from napari_nuclei.core.card import ModelCard

BATCH_SIZE = 4
"""Patches of 128x128 px in a batch. A batch of larger tiles has about as many pixels,
but at least one tile. Of 1, 2, 4, 8 and 64 patches, 4 were fastest. More do not fit the
cache."""

BATCH_PIXELS = BATCH_SIZE * 128**2
"""Pixels of a batch."""

MAX_INTERPRETERS = 4
"""Largest number of interpreters that a thread caches: for a batch and for a single
tile, each in two sizes. An interpreter takes tens of megabytes."""

MAX_TILE_THREADS = 4
"""Largest number of cores that share a tile. Two take 0.65 (`nuclei`) and 0.78
(`nuclei-fast`) of the time of one; more were not measured."""

LARGE_BLOCK_BYTES = 31 << 20
"""A block size, in bytes, just under the largest that glibc's allocator caches."""

Floats = NDArray[np.float32]


@cache
def keep_freed_memory() -> None:
    """Let the memory allocator reuse the memory of large freed arrays.

    glibc returns large blocks to the system. Requesting them again took a tenth of the
    time to segment a plane of 1024x1024 px. After a block of almost 32 MiB was freed
    once, glibc caches such blocks, up to 64 MiB. Other allocators are not affected.
    """
    np.empty(LARGE_BLOCK_BYTES, np.uint8)


def available_cores() -> int:
    """Return the number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def choose_batch_size(side: int) -> int:
    """Return the number of tiles of `side` pixels in a batch."""
    return max(1, min(BATCH_SIZE, BATCH_PIXELS // side**2))


def resize_upsampling(content: bytes, factor: float) -> bytes:
    """Return a `.tflite` model for inputs that are `factor` times as large.

    A fully convolutional network accepts any size, but its file states the output size
    of each upsampling layer. These sizes are multiplied by `factor`.
    """
    rewritten = bytearray(content)
    for constant in TfliteFile(rewritten).inputs_of(RESIZE_BILINEAR, 1):
        sizes = constant.view(np.int32)
        sizes[:] = np.round(sizes * factor)
    return bytes(rewritten)


class LiteRTNetwork:
    """Call a `.tflite` file as a function of tiles.

    Each core runs an interpreter of one thread on its own batches, since the deep
    layers of the network are too small to be divided well among cores. Cores share a
    tile only if there is no other.

    Parameters
    ----------
    path : Path
        The `.tflite` file. Its input is float32 (1, Y, X, C) with values from 0 to 1.
    threads : int, optional
        Number of cores; all available ones by default.
    sha256 : str, optional
        Hash that the file must have; see `litert_check.check_network`.

    Raises
    ------
    OSError
        If the file cannot be read.
    ValueError
        If its hash differs, or it is not a LiteRT model.
    """

    def __init__(
        self, path: Path, *, threads: int | None = None, sha256: str | None = None
    ) -> None:
        keep_freed_memory()
        self._path, self._options = Path(path), (threads, sha256)
        self._content = self._path.read_bytes()
        if sha256 and hashlib.sha256(self._content).hexdigest() != sha256:
            # LiteRT would crash on some damaged files.
            raise ValueError(
                f"{path} is damaged: its hash differs from the model card. Import or "
                "train the model again"
            )
        self._threads = threads or available_cores()
        self._start()
        try:
            with suppress_native_output():  # the first interpreter prints a message
                first = new_interpreter(self._content)
                first.allocate_tensors()
            self._input_size = int(first.get_input_details()[0]["shape"][1])
        except (IndexError, RuntimeError, ValueError) as error:
            raise ValueError(f"{path} is not a LiteRT model ({error})") from error

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the path only; each process opens the file once."""
        return get_cached_network, (self._path, *self._options)

    def _start(self) -> None:
        """Create the threads, without interpreters."""
        self._process = os.getpid()
        self._pool = ThreadPoolExecutor(self._threads, "litert")
        self._thread_local = threading.local()
        self._lock, self._calls = threading.Lock(), 0

    def at_once(self, side: int) -> int:
        """Return how many tiles of `side` pixels a call needs to occupy all cores.

        More tiles would wait: while a call runs, the outputs of the last one are
        blended and the tiles of the next one are cropped.
        """
        return 2 * choose_batch_size(side) * self._threads

    def __call__(self, tiles: Floats) -> Floats:
        """Return the network's output.

        Parameters
        ----------
        tiles : ndarray of float32, shape (N, Y, X, C)

        Returns
        -------
        ndarray of float32, shape (N, Y, X, D)
        """
        if os.getpid() != self._process:  # a forked process has no threads
            self._start()
        count, batch = len(tiles), choose_batch_size(tiles.shape[1])
        whole = count - count % batch
        parts = [tiles[i : i + batch] for i in range(0, whole, batch)]
        parts += [tiles[i : i + 1] for i in range(whole, count)]
        with self._lock:
            self._calls += 1
            alone = count == 1 and self._calls == 1
        threads = min(self._threads, MAX_TILE_THREADS) if alone else 1
        try:
            run = partial(self._run, threads=threads)
            return np.concatenate(list(self._pool.map(run, parts)))
        finally:
            with self._lock:
                self._calls -= 1

    def _run(self, tiles: Floats, threads: int) -> Floats:
        interpreter = self._interpreter(tiles.shape, threads)
        interpreter.set_tensor(interpreter.get_input_details()[0]["index"], tiles)
        interpreter.invoke()
        output: Floats = interpreter.get_tensor(
            interpreter.get_output_details()[0]["index"]
        )
        return output

    def _interpreter(self, shape: tuple[int, ...], threads: int) -> Any:
        """Return this thread's interpreter for tiles of a shape and a number of cores.

        The least recently used one is dropped.
        """
        cache: OrderedDict[tuple[int, ...], Any]
        cache = self._thread_local.__dict__.setdefault("interpreters", OrderedDict())
        key = (*shape, threads)
        if key not in cache:
            while len(cache) >= MAX_INTERPRETERS:
                cache.popitem(last=False)
            side, content = shape[1], self._content
            if side != self._input_size:
                content = resize_upsampling(content, side / self._input_size)
            interpreter = new_interpreter(content, threads)
            index = interpreter.get_input_details()[0]["index"]
            interpreter.resize_tensor_input(index, shape, strict=False)
            interpreter.allocate_tensors()
            cache[key] = interpreter
        cache.move_to_end(key)
        return cache[key]


@cache
def greet_silently() -> None:
    """Load LiteRT, whose import prints messages."""
    with suppress_native_output():
        import ai_edge_litert.interpreter  # noqa: F401


def new_interpreter(content: bytes, threads: int = 1) -> Any:
    """Return an interpreter that uses a number of cores."""
    greet_silently()
    from ai_edge_litert.interpreter import Interpreter

    return Interpreter(model_content=content, num_threads=threads)


@cache
def get_cached_network(
    path: Path, threads: int | None, sha256: str | None
) -> LiteRTNetwork:
    """Return the network of a file, the same object for every call."""
    return LiteRTNetwork(path, threads=threads, sha256=sha256)


def load_keras_network(
    path: Path, card: ModelCard | None = None
) -> Callable[[Floats], Floats]:
    """Return a `.keras` file as a function of tiles, on a GPU if there is one.

    See `load_keras_model` for the parameters and the errors.
    """
    from napari_nuclei.model.keras_load import load_keras_model

    model = load_keras_model(path, card)

    def network(tiles: Floats) -> Floats:
        return np.asarray(model(tiles, training=False), np.float32)

    return network
