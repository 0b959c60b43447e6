"""Check that a `.tflite` file is undamaged and can be run, before it is loaded.

LiteRT does not validate a file completely: a single wrong byte can crash the process.
The hash on the model card shows whether a file has changed. A file that this computer
has not run before is first run in a child process, and its hash is noted.
"""

from __future__ import annotations

import hashlib
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from napari_nuclei.model.child_task import ChildTaskError, run_in_child_process
from napari_nuclei.model.hashes import check_hash, file_hash
from napari_nuclei.model.litert.tflite_file import CUSTOM, TfliteFile
from napari_nuclei.model.store import (
    LITERT_FILE,
    ModelEntry,
    models_folder,
)

if TYPE_CHECKING:
    from napari_nuclei.core.card import ModelCard

CHECKED_FOLDER = ".checked"
"""Hidden folder, in the folder of user models, with an empty file for each checked
file; its name is a hash."""

TRIAL_TIMEOUT = 30.0
"""Seconds to load and run a network in the child process."""

MAX_LITERT_BYTES = 512 << 20
"""Largest size of a `.tflite` file, in bytes."""

CHECKED: set[str] = set()
"""The hashes of the files that this process has checked."""


def check_network(entry: ModelEntry) -> str:
    """Check the `.tflite` file of a model; return the hash that it must have.

    Parameters
    ----------
    entry : ModelEntry

    Returns
    -------
    str
        SHA-256 hash of the file, to be compared with the content that is loaded.

    Raises
    ------
    OSError
        If the file cannot be read.
    ValueError
        If the file is damaged, does not fit the model card, or cannot be run.
    """
    stated = entry.card.sha256.get(LITERT_FILE)
    if entry.bundled and stated:
        return stated
    if stated and is_checked(trial_key(stated, entry.card)):
        return stated
    path = entry.folder / LITERT_FILE
    return check_network_file(path, entry.card)


def check_network_file(path: Path, card: ModelCard) -> str:
    """Check a `.tflite` file against its card; return its SHA-256 hash."""
    if path.stat().st_size > MAX_LITERT_BYTES:
        raise ValueError(
            f"{path} is over {MAX_LITERT_BYTES >> 20} MiB. It is too large for a "
            "network that finds nuclei"
        )
    digest = file_hash(path)
    check_hash(path, card, digest)
    key = trial_key(digest, card)
    if not is_checked(key):
        arguments = {
            "path": str(path.absolute()),
            "sha256": digest,
            "inputs": card.inputs,
            "outputs": len(card.channels),
            "sides": [card.patch_size, 2 * card.patch_size][: 1 + card.any_size],
        }
        try:
            run_in_child_process("try_network", arguments, timeout=TRIAL_TIMEOUT)
        except ChildTaskError as error:
            raise ValueError(f"{path} {error}") from error
        note_checked(key)
    return digest


def trial_key(digest: str, card: ModelCard) -> str:
    """Return a hash of a file's hash and of the card's fields that its trial uses."""
    used = (digest, card.inputs, len(card.channels), card.patch_size, card.any_size)
    return hashlib.sha256(repr(used).encode()).hexdigest()


def is_checked(key: str) -> bool:
    """Return whether a file was checked on this computer."""
    with suppress(OSError):
        if key not in CHECKED and (models_folder() / CHECKED_FOLDER / key).is_file():
            CHECKED.add(key)
    return key in CHECKED


def note_checked(key: str) -> None:
    """Note that a file was checked."""
    CHECKED.add(key)
    # In a folder that is read-only, each process checks the file once.
    with suppress(OSError):
        folder = models_folder() / CHECKED_FOLDER
        folder.mkdir(parents=True, exist_ok=True)
        (folder / key).touch()


def try_network(
    path: str, sha256: str, inputs: int, outputs: int, sides: list[int]
) -> dict[str, Any]:
    """Load and run a `.tflite` file; called in a child process.

    Parameters
    ----------
    path : str
    sha256 : str
        Hash of the file.
    inputs, outputs : int
        Number of input and output channels on the model card.
    sides : list of int
        Sides, in pixels, of the tiles to run.

    Returns
    -------
    dict
        Empty.

    Raises
    ------
    ValueError
        If the network does not fit the card. The message continues a sentence that
        begins with the name of the file.
    """
    import numpy as np

    from napari_nuclei.model.engine import BATCH_SIZE, LiteRTNetwork

    check_structure(Path(path).read_bytes())
    try:
        network = LiteRTNetwork(Path(path), threads=1, sha256=sha256)
    except ValueError as error:
        raise ValueError(str(error).removeprefix(f"{path} ")) from error
    rng = np.random.default_rng(0)
    for side in sides:
        for count in (1, BATCH_SIZE):  # a batch has interpreters of its own
            tiles = rng.random((count, side, side, inputs), np.float32)
            try:
                result = network(tiles)
            except Exception as error:  # LiteRT raises many kinds of errors
                raise ValueError(
                    f"does not run on images of {side}x{side} px with {inputs} "
                    f"channels, as its model card says ({error})"
                ) from error
            fits = result.shape[:-1] == (count, side, side)
            # Channels after those of the card are not used.
            if not fits or result.shape[-1] < outputs or result.dtype != np.float32:
                raise ValueError(
                    f"gives {result.dtype} of shape {result.shape}; its model card "
                    f"says float32 of shape {(count, side, side, outputs)}"
                )
    return {}


def check_structure(content: bytes) -> None:
    """Raise ValueError if a `.tflite` file has loops, calls or custom operators.

    Networks that find nuclei have none. A loop may run for ever on one image only.
    """
    try:
        file = TfliteFile(bytearray(content))
    except Exception as error:  # reading random bytes raises any error
        raise ValueError(f"is not a LiteRT model ({error})") from error
    if file.graphs != 1 or CUSTOM in file.codes:
        raise ValueError(
            "has loops, calls or custom operators, which a network that finds nuclei "
            "does not need. It is not used"
        )
