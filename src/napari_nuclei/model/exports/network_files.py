"""Write exported models that need Keras: ONNX, SavedModel, bioimage.io."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from napari_nuclei.io.atomic import atomic_replace, sync_folder, sync_tree
from napari_nuclei.model.exports.bioimageio import encode_package
from napari_nuclei.model.exports.export_formats import (
    BIOIMAGEIO,
    SAVED_MODEL,
    ExportFormat,
)
from napari_nuclei.model.exports.onnx_file import encode_onnx, write_saved_model
from napari_nuclei.model.keras_load import load_keras_model
from napari_nuclei.model.store import KERAS_FILE, ModelEntry


def write_network(entry: ModelEntry, path: Path, chosen: ExportFormat) -> None:
    """Write the network of a model in a format of other programs.

    Parameters
    ----------
    entry : ModelEntry
    path : Path
        File to write, or folder of a SavedModel. It is written completely or not at
        all, and replaces what exists.
    chosen : ExportFormat
        `BIOIMAGEIO`, `ONNX` or `SAVED_MODEL`.

    Raises
    ------
    ModuleNotFoundError
        If a package is missing; the message gives the command that installs it.
    OSError
        If a file cannot be read or written.
    ValueError
        If the network cannot be converted.
    """
    model = load_keras_model(entry.folder / KERAS_FILE, entry.card)
    if chosen is SAVED_MODEL:
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=".export-") as parent:
            folder = Path(parent) / path.name
            write_saved_model(model, entry.card, folder)
            sync_tree(folder)
            if path.exists():
                shutil.rmtree(path)
            os.replace(folder, path)
            sync_folder(path.parent)
        return
    encode = encode_package if chosen is BIOIMAGEIO else encode_network
    content = encode(entry, model)
    with atomic_replace(path) as partial:
        partial.write_bytes(content)


def encode_network(entry: ModelEntry, model: object) -> bytes:
    """Return the network of a model as the bytes of an ONNX file."""
    return encode_onnx(model, entry.card)
