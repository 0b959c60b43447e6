"""Check the weights of a network: an HDF5 file, alone or inside a `.keras` file.

HDF5 files may refer to other files, declare arrays of any size, and crash the library
if they are damaged. They are read once in a child process before Keras reads them.
"""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

from napari_nuclei.model.child_task import ChildTaskError, run_in_child_process
from napari_nuclei.model.hashes import file_hash
from napari_nuclei.model.keras_config import MAX_WEIGHTS_BYTES, WEIGHTS_MEMBER
from napari_nuclei.model.litert_check import is_checked, note_checked

WEIGHTS_TIMEOUT = 30.0
"""Seconds to read the weights in the child process."""

MAX_HDF5_OBJECTS = 50_000
"""Largest number of groups and arrays in a file."""

READABLE_KINDS = "biuf"
"""Kinds of NumPy types of weights: truth values, integers and numbers."""


def check_weights(path: Path) -> None:
    """Check the weights in a `.keras` or HDF5 file, once per file.

    Raises
    ------
    OSError
        If the file cannot be read.
    ValueError
        If the weights are damaged, too large, or refer to other files.
    """
    key = f"weights-{file_hash(path)}"
    if is_checked(key):
        return
    arguments = {"path": str(path.absolute())}
    try:
        run_in_child_process("read_weights", arguments, timeout=WEIGHTS_TIMEOUT)
    except ChildTaskError as error:
        raise ValueError(f"{path} {error}") from error
    note_checked(key)


def read_weights(path: str) -> dict[str, Any]:
    """Read all weights in a `.keras` or HDF5 file; called in a child process.

    Returns
    -------
    dict
        Empty.

    Raises
    ------
    ValueError
        If the file is refused. The message continues a sentence that begins with the
        name of the file.
    """
    import h5py

    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            if WEIGHTS_MEMBER not in archive.namelist():
                raise ValueError(f"cannot be loaded: it has no {WEIGHTS_MEMBER}")
            try:
                content: Any = io.BytesIO(archive.read(WEIGHTS_MEMBER))
            except Exception as error:  # a damaged zip raises many kinds of errors
                raise ValueError(f"is damaged ({error})") from error
    elif Path(path).stat().st_size > MAX_WEIGHTS_BYTES:
        raise ValueError(f"is over {MAX_WEIGHTS_BYTES >> 20} MiB")
    else:
        content = path
    try:
        with h5py.File(content, "r") as file:
            read_arrays(file)
    except (OSError, RuntimeError, KeyError, TypeError) as error:
        raise ValueError(f"has damaged weights ({error})") from error
    return {}


def read_arrays(file: Any) -> None:
    """Read every array of an HDF5 file, without following links to other files."""
    import h5py

    pending, objects, total = [file], 0, 0
    while pending:
        group = pending.pop()
        for name in group:
            objects += 1
            if objects > MAX_HDF5_OBJECTS:
                raise ValueError(f"has over {MAX_HDF5_OBJECTS} groups of weights")
            if not isinstance(group.get(name, getlink=True), h5py.HardLink):
                raise ValueError("has weights that are links. It is not loaded")
            item = group[name]
            if isinstance(item, h5py.Group):
                pending.append(item)
                continue
            if not isinstance(item, h5py.Dataset) or item.external or item.is_virtual:
                raise ValueError("has weights in other files. It is not loaded")
            if item.dtype.kind not in READABLE_KINDS:
                raise ValueError(f"has weights of type {item.dtype}, not numbers")
            total += item.size * item.dtype.itemsize if item.size else 0
            if total > MAX_WEIGHTS_BYTES:
                raise ValueError(
                    f"has over {MAX_WEIGHTS_BYTES >> 20} MiB of weights. It is too "
                    "large for a network that finds nuclei"
                )
            item[()]
