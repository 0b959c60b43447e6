"""Find out whether the file of an image has changed or was removed during a run.

Chunks of a zarr that are missing read as background, so a zarr that is removed while it
is read gives an image with holes, and no error.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

ZARR_METADATA_FILES = ("zarr.json", ".zgroup", ".zarray", ".zattrs")

HASHED_BYTES = 1 << 16
"""Bytes at the start and at the end of a file whose content is compared."""

MAX_COMPARED_CHUNKS = 4096
"""Number of chunks of a zarr whose size and time are compared, evenly chosen."""

MAX_COUNTED_CHUNKS = 100_000
"""Largest number of chunks of a zarr that are counted again after each block."""

MAX_HASHED_BYTES = 8 << 30
"""Bytes of an image whose content is compared; of a larger one evenly chosen pieces."""

PIECE_BYTES = 1 << 20
"""Size of such a piece."""

MAX_COMPARED_VALUES = 1_000_000
"""Number of values of an array in memory that are compared, on a regular grid."""


class SourceChangedError(ValueError):
    """Raised if the file of an image was removed or has changed during a run."""


class HiddenChangeError(SourceChangedError):
    """Raised if a file has changed, but not what `identify_quickly` compares.

    Nobody can say which parts were read before the change.
    """


def identify_file(path: Path, array: str = "") -> str:
    """Return a text that differs between files and changes when a file changes.

    Parameters
    ----------
    path : Path
        A file, or a folder of zarr.
    array : str
        Path of the array inside the zarr; empty if `path` is the array.

    Returns
    -------
    str
        Of a file the size, the time of change and a hash of its start and end. Of a
        zarr a hash of its metadata, the number of its chunks, and a hash of the sizes
        and times of some of them.
    """
    if path.is_file():
        state = path.stat()
        values = [state.st_size, state.st_mtime_ns, hash_ends(path)]
        return f"{path} {values}"
    chunks = list(iter_chunks(path / array))
    step = max(1, -(-len(chunks) // MAX_COMPARED_CHUNKS))
    state_hash = hashlib.sha256()
    for chunk in sorted(chunks)[::step]:
        stat = os.stat(chunk)
        state_hash.update(f"{chunk} {stat.st_size} {stat.st_mtime_ns}\n".encode())
    metadata = hash_metadata(path, array)
    return f"{path} {[metadata, len(chunks), state_hash.hexdigest()[:16]]}"


def identify_quickly(path: Path, array: str = "") -> str:
    """Return a text that changes when a file is removed, or usually when it changes.

    It takes about a millisecond, so that it can be compared after each block.
    """
    if path.is_file():
        state = path.stat()
        return f"{state.st_size} {state.st_mtime_ns}"
    count = 0
    for _ in iter_chunks(path / array):
        count += 1
        if count > MAX_COUNTED_CHUNKS:
            break
    return f"{hash_metadata(path, array)} {count}"


def identify_content(path: Path, array: str = "") -> str:
    """Return a text that changes with the pixels of a file, whatever its size and time.

    It takes about half a second per gigabyte, and no longer for more than
    `MAX_HASHED_BYTES`.

    Parameters
    ----------
    path : Path
        A file, or a folder of zarr.
    array : str
        Path of the array inside the zarr; empty if `path` is the array.
    """
    files = [path]
    if path.is_dir():
        files = sorted(map(Path, iter_chunks(path / array)))
        files = files[:: max(1, -(-len(files) // MAX_COUNTED_CHUNKS))]
    total = sum(file.stat().st_size for file in files)
    every = max(1, -(-total // MAX_HASHED_BYTES))
    content = hashlib.sha256()
    for file in files:
        content.update(f"{file.relative_to(path)} ".encode(errors="surrogateescape"))
        for piece in iter_pieces(file, every):
            content.update(piece)
    return content.hexdigest()[:16]


def iter_pieces(file: Path, every: int) -> Iterator[bytes]:
    """Yield every n-th piece of a file, each of `PIECE_BYTES`; the last is shorter."""
    with file.open("rb", buffering=0) as stream:
        while piece := stream.read(PIECE_BYTES):
            yield piece
            if every > 1:
                stream.seek((every - 1) * PIECE_BYTES, os.SEEK_CUR)


def identify_array(array: Any) -> str:
    """Return a text that differs between arrays; of numpy arrays by their values."""
    text = f"{array.shape} {array.dtype}"
    if not isinstance(array, np.ndarray) or not array.size:
        return text
    step = max(
        1, math.ceil((array.size / MAX_COMPARED_VALUES) ** (1 / max(array.ndim, 1)))
    )
    sample = np.asarray(array[(slice(None, None, step),) * array.ndim])
    return f"{text} {hashlib.sha256(sample.tobytes()).hexdigest()[:16]}"


def check_unchanged(path: Path, before: str, now: str) -> None:
    """Raise SourceChangedError if two identities of a file differ.

    Parameters
    ----------
    path : Path
    before, now : str
        Identities at the start of the run, and later.
    """
    if before == now:
        return
    if not path.exists() or (path.is_dir() and not any(metadata_files(path, ""))):
        raise SourceChangedError(f"{path} was removed during the run")
    raise SourceChangedError(f"{path} has changed since the run began")


def hash_ends(path: Path) -> str:
    """Return a hash of the first and the last bytes of a file."""
    with path.open("rb") as file:
        head = file.read(HASHED_BYTES)
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - HASHED_BYTES))
        return hashlib.sha256(head + file.read(HASHED_BYTES)).hexdigest()[:16]


def metadata_files(path: Path, array: str) -> Iterator[Path]:
    """Yield the metadata files of a zarr and of the array that is read in it."""
    for folder in dict.fromkeys((path, path / array)):
        for name in ZARR_METADATA_FILES:
            if (folder / name).is_file():
                yield folder / name


def hash_metadata(path: Path, array: str) -> str:
    """Return a hash of the metadata of a zarr and of the array that is read in it."""
    content = hashlib.sha256()
    for file in metadata_files(path, array):
        text = file.read_bytes()
        if file.parent == path / array:
            content.update(f"{file.stat().st_mtime_ns}".encode())
        else:  # it changes when labels are added to the image
            text = without_consolidated_metadata(text)
        content.update(f"{file} ".encode() + text)
    return content.hexdigest()[:16]


def without_consolidated_metadata(text: bytes) -> bytes:
    """Return the metadata of a group without the copies of those of its members."""
    try:
        values = json.loads(text)
        values.pop("consolidated_metadata", None)
    except (ValueError, AttributeError, RecursionError):  # the reader reports it
        return text
    return json.dumps(values, sort_keys=True).encode()


def iter_chunks(folder: Path) -> Iterator[str]:
    """Yield the paths of the chunks of a zarr array, which are not hidden files."""
    pending = [str(folder)]
    while pending:
        try:
            entries = os.scandir(pending.pop())
        except (FileNotFoundError, NotADirectoryError):
            continue
        with entries:
            for entry in entries:
                if entry.name.startswith(".") or entry.name in ZARR_METADATA_FILES:
                    continue
                if entry.is_dir():
                    pending.append(entry.path)
                else:
                    yield entry.path
