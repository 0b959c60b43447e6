"""Import and export models as folders and zip files."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from napari_nuclei.config.keywords import suggests_keywords
from napari_nuclei.core.errors import format_error
from napari_nuclei.core.segmenter import Segmenter
from napari_nuclei.io.atomic import (
    atomic_replace,
    prepare_folder,
    remove_old_partial_files,
)
from napari_nuclei.model.exports.export_formats import ZIP, choose_export
from napari_nuclei.model.foreign import import_keras
from napari_nuclei.model.keras_config import check_safe
from napari_nuclei.model.keras_weights import check_weights
from napari_nuclei.model.litert_check import check_network_file
from napari_nuclei.model.selftest import SELF_TEST, make_self_test
from napari_nuclei.model.staging import stage_model
from napari_nuclei.model.store import (
    CARD_FILE,
    KERAS_FILE,
    LITERT_FILE,
    ModelEntry,
    card_text,
    check_model_files,
    find_model,
    models_folder,
    read_card,
    write_card,
)

MAX_ZIP_BYTES = 1 << 30
"""Largest size of an unpacked model, in bytes."""

MAX_ZIP_FILES = 10_000
"""Largest number of files in a zip file."""


@suggests_keywords
def export_model(
    model: str | Path | Segmenter,
    destination: str | Path,
    *,
    format: str | None = None,
    overwrite: bool = False,
) -> Path:
    """Write a model to a file for another computer or another program.

    The file is written completely or not at all.

    Parameters
    ----------
    model : str, path-like or Segmenter
        Name of a model, the path of its folder, or a loaded model.
    destination : str or path-like
        Path of the file, or a folder for `<name>.zip`; `~` is expanded. The end of the
        name chooses the format: ``.zip``, ``.bioimageio.zip``, ``.onnx`` or
        ``.savedmodel`` (a folder).
    format : str, optional
        "zip": all files, with a self-test, by which `import_model` on another computer
        checks that the model finds the same nuclei. "bioimageio": a package of
        bioimage.io with the network as ONNX. "onnx" and "savedmodel": the
        network alone. All but "zip" need TensorFlow; "bioimageio" and "onnx" need the
        extra `export`.
    overwrite : bool
        Replace an existing file.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    ModuleNotFoundError
        If a package is missing; the message gives the command that installs it.
    OSError
        If there is no such model, the file exists, or it cannot be written.
    TypeError
        If `model` is none of these.
    ValueError
        If the name of the file belongs to no format, the model card cannot be read or
        the network does not run.

    Examples
    --------
    >>> from napari_nuclei import export_model
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     export_model("nuclei-fast", folder).name
    'nuclei-fast.zip'
    """
    entry = find_model(model)
    chosen, path = choose_export(Path(destination).expanduser(), entry.name, format)
    if path.exists() and not overwrite:
        raise FileExistsError(f"{path} already exists; choose another file name")
    if not path.parent.is_dir():
        raise FileNotFoundError(f"{path.parent}: there is no such folder")
    remove_old_partial_files(path.parent)
    if chosen is ZIP:
        write_zip(entry, path)
    else:
        # Imported here: a zip file needs no TensorFlow.
        from napari_nuclei.model.exports.network_files import write_network

        write_network(entry, path, chosen)
    return path


def write_zip(entry: ModelEntry, path: Path) -> None:
    """Write a model with a self-test to a zip file."""
    test = make_self_test(entry)
    with (
        atomic_replace(path) as partial,
        zipfile.ZipFile(
            partial, "w", zipfile.ZIP_DEFLATED, strict_timestamps=False
        ) as archive,
    ):
        for file in sorted(p for p in entry.folder.rglob("*") if p.is_file()):
            inside = file.relative_to(entry.folder)
            # The self-test of another computer is replaced, and the card may have an
            # old name.
            if inside.as_posix() not in (SELF_TEST, CARD_FILE):
                archive.write(file, f"{entry.name}/{inside.as_posix()}")
        archive.writestr(f"{entry.name}/{CARD_FILE}", card_text(entry.card))
        archive.writestr(f"{entry.name}/{SELF_TEST}", test)


@suggests_keywords
def import_model(
    source: str | Path,
    *,
    name: str | None = None,
    outputs: Sequence[str] | None = None,
) -> ModelEntry:
    """Add a model to the user's models.

    Parameters
    ----------
    source : str or path-like
        A model's folder, a zip file that `export_model` wrote, or a `.keras` file;
        `~` is expanded. A `.keras` file must hold standard layers only, take images of
        3 or 1 channels with values from 0 to 1, and give the foreground probability,
        a softmax over background and foreground, or channels with names. A network
        that this package trained names its channels in its file.
    name : str, optional
        Name of the new model; by default the name on its model card, or that of the
        `.keras` file.
    outputs : sequence of str, optional
        For a `.keras` file, the names of its output channels in order, such as
        ``["background", "foreground", "border"]``. Used are foreground, distance (the
        inner distance), offset_y and offset_x.

    Returns
    -------
    ModelEntry
        The new model.

    Raises
    ------
    OSError
        If `source` does not exist, the name is taken, or files cannot be copied.
    ValueError
        If `source` is not a model, is damaged, or contains custom code; or if it has
        several output channels without names.

    Examples
    --------
    >>> from napari_nuclei import import_model
    >>> import_model("my-cells.zip").name  # doctest: +SKIP
    'my-cells'
    """
    path = Path(source).expanduser()
    if not path.exists():
        raise FileNotFoundError(f"{path}: there is no such file or folder")
    if path.suffix == ".keras":
        name = (
            name or re.sub(r"[^A-Za-z0-9._-]+", "-", path.stem).strip("-._") or "model"
        )
        with stage_model(name) as folder:
            import_keras(path, folder, name, outputs)
        return find_model(name)
    if outputs:
        raise ValueError(
            f"{path} has a model card, which names its outputs; leave out outputs"
        )
    if path.is_dir():
        return import_folder(path, name)
    if path.suffix in (".h5", ".hdf5"):
        raise ValueError(
            f"{path} is an HDF5 file, which may contain code and is not loaded. Load "
            "it in the program that wrote it; save it with model.save('model.keras')"
        )
    if not zipfile.is_zipfile(path):
        raise ValueError(
            f"{path} is not a model: it must be a model's folder, a zip file or a "
            ".keras file"
        )
    models = models_folder()
    prepare_folder(models)
    # Next to the models, where a folder that a killed process leaves is removed later.
    with tempfile.TemporaryDirectory(prefix=".import-", dir=models) as unpacked:
        try:
            return import_folder(unpack(path, Path(unpacked)), name)
        except ValueError as error:  # name the zip, not the temporary folder
            raise ValueError(str(error).replace(unpacked, str(path))) from error


def import_folder(path: Path, name: str | None) -> ModelEntry:
    """Add a model in a folder to the user's models; see `import_model`."""
    card = read_card(path)
    name = name or card.name
    with stage_model(name) as folder:
        copy_model(path, folder)
        try:
            # The copy is checked, in case the files change meanwhile.
            check_model_files(folder, card)
            check_safe(folder / KERAS_FILE)
            check_weights(folder / KERAS_FILE)
            check_network_file(folder / LITERT_FILE, card)
        except ValueError as error:
            raise ValueError(str(error).replace(str(folder), str(path))) from error
        write_card(folder, replace(card, name=name))
    return find_model(name)


def copy_model(source: Path, target: Path) -> None:
    """Copy the folder of a model, without links to files that are not of the model.

    Raises
    ------
    OSError
        If a file cannot be copied.
    ValueError
        If the folder is too large.
    """
    files = [
        Path(parent, name) for parent, _, names in os.walk(source) for name in names
    ]
    if sum(file.lstat().st_size for file in files) > MAX_ZIP_BYTES:
        raise ValueError(f"{source} has over 1 GiB; it is not a model")
    model_files = {source / name for name in (CARD_FILE, KERAS_FILE, LITERT_FILE)}

    def links(folder: str, names: list[str]) -> list[str]:
        # A link in a model from outside may name a private file, which the next export
        # of the model would contain.
        paths = [Path(folder, name) for name in names]
        return [
            path.name for path in paths if path.is_symlink() and path not in model_files
        ]

    try:
        shutil.copytree(source, target, dirs_exist_ok=True, ignore=links)
    except shutil.Error as error:  # holds a list of (from, to, reason)
        reason = re.sub(r"^\[Errno \d+\] ", "", error.args[0][0][2])
        raise OSError(f"The model cannot be copied: {reason}") from error


def unpack(path: Path, target: Path) -> Path:
    """Unpack a model's zip file; return the folder with the model card.

    Raises
    ------
    OSError
        If a file cannot be written.
    ValueError
        If the zip file is damaged, too large, or holds no model.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            if sum(item.file_size for item in members) > MAX_ZIP_BYTES:
                raise ValueError(f"{path} unpacks to over 1 GiB; it is not a model")
            if len(members) > MAX_ZIP_FILES:
                raise ValueError(f"{path} has over {MAX_ZIP_FILES} files inside")
            archive.extractall(target)
    except (OSError, ValueError):
        raise
    except Exception as error:  # a damaged zip raises many kinds of errors
        raise ValueError(f"{path} is damaged ({format_error(error)})") from error
    cards = sorted(target.rglob(CARD_FILE), key=lambda p: len(p.parts))
    if not cards:
        raise ValueError(f"{path} holds no model: it has no {CARD_FILE}")
    return cards[0].parent
