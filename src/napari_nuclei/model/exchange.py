"""Import and export models as folders and zip files."""

from __future__ import annotations

import re
import shutil
import tempfile
import zipfile
import zlib
from dataclasses import replace
from pathlib import Path

from napari_nuclei.io.atomic import atomic_replace
from napari_nuclei.model.foreign import check_safe, import_keras
from napari_nuclei.model.selftest import SELF_TEST, make_self_test
from napari_nuclei.model.store import (
    CARD_FILE,
    KERAS_FILE,
    ModelEntry,
    check_model_files,
    find_model,
    read_card,
    stage_model,
    write_card,
)

MAX_ZIP_BYTES = 1 << 30
"""Largest size of an unpacked model, in bytes."""


def export_model(
    model: str | Path, destination: str | Path, *, overwrite: bool = False
) -> Path:
    """Write a model to a zip file, with a self-test.

    The file is written completely or not at all. The self-test is an image with its
    labels. On another computer, `napari-nuclei models import` checks that the model
    finds the same nuclei.

    Parameters
    ----------
    model : str or path-like
        Name of a model, or the path of its folder.
    destination : str or path-like
        Path of the zip file, or a folder for `<name>.zip`; `~` is expanded.
    overwrite : bool
        Replace an existing file.

    Returns
    -------
    Path
        The zip file.

    Raises
    ------
    OSError
        If there is no such model, the file exists, or it cannot be written.
    TypeError
        If `model` is neither text nor a path.
    ValueError
        If the model card cannot be read or the network does not run.

    Examples
    --------
    >>> from napari_nuclei import export_model
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     export_model("nuclei-fast", folder).name
    'nuclei-fast.zip'
    """
    entry, path = find_model(model), Path(destination).expanduser()
    path = path / f"{entry.name}.zip" if path.is_dir() else path
    if path.exists() and not overwrite:
        raise FileExistsError(f"{path} already exists; choose another file name")
    if not path.parent.is_dir():
        raise FileNotFoundError(f"{path.parent}: there is no such folder")
    test = make_self_test(entry)
    with (
        atomic_replace(path) as partial,
        zipfile.ZipFile(
            partial, "w", zipfile.ZIP_DEFLATED, strict_timestamps=False
        ) as archive,
    ):
        for file in sorted(p for p in entry.folder.rglob("*") if p.is_file()):
            inside = file.relative_to(entry.folder)
            if inside.as_posix() != SELF_TEST:  # that of another computer is replaced
                archive.write(file, f"{entry.name}/{inside.as_posix()}")
        archive.writestr(f"{entry.name}/{SELF_TEST}", test)
    return path


def import_model(source: str | Path, *, name: str | None = None) -> ModelEntry:
    """Add a model to the user's models.

    Parameters
    ----------
    source : str or path-like
        A model's folder, a zip file that `export_model` wrote, or a `.keras` file;
        `~` is expanded. A `.keras` file must hold standard layers only, take images of
        3 or 1 channels with values from 0 to 1, and give the foreground probability,
        or the foreground probability and the inner distance.
    name : str, optional
        Name of the new model; by default the name on its model card, or that of the
        `.keras` file.

    Returns
    -------
    ModelEntry
        The new model.

    Raises
    ------
    OSError
        If `source` does not exist, the name is taken, or files cannot be copied.
    ValueError
        If `source` is not a model, is damaged, or contains custom code.

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
            import_keras(path, folder, name)
    elif path.is_dir():
        card = read_card(path)
        check_model_files(path, card)
        check_safe(path / KERAS_FILE)
        with stage_model(name or card.name) as folder:
            copy_tree(path, folder)
            write_card(folder, replace(card, name=name or card.name))
    elif zipfile.is_zipfile(path):
        with tempfile.TemporaryDirectory() as folder_name:
            try:
                return import_model(unpack(path, Path(folder_name)), name=name)
            except ValueError as error:  # name the zip, not the temporary folder
                raise ValueError(str(error).replace(folder_name, str(path))) from error
    else:
        raise ValueError(
            f"{path} is not a model: it must be a model's folder, a zip file or a "
            ".keras file"
        )
    return find_model(name or card.name)


def copy_tree(source: Path, target: Path) -> None:
    """Copy the content of a folder; raise OSError if a file cannot be copied."""
    try:
        shutil.copytree(source, target, dirs_exist_ok=True)
    except shutil.Error as error:  # holds a list of (from, to, reason)
        reason = re.sub(r"^\[Errno \d+\] ", "", error.args[0][0][2])
        raise OSError(f"The model cannot be copied: {reason}") from error


def unpack(path: Path, target: Path) -> Path:
    """Unpack a model's zip file; return the folder with the model card."""
    with zipfile.ZipFile(path) as archive:
        if sum(item.file_size for item in archive.infolist()) > MAX_ZIP_BYTES:
            raise ValueError(f"{path} unpacks to over 1 GiB; it is not a model")
        try:
            archive.extractall(target)
        except (zipfile.BadZipFile, zlib.error) as error:
            raise ValueError(f"{path} is damaged ({error})") from error
    cards = sorted(target.rglob(CARD_FILE), key=lambda p: len(p.parts))
    if not cards:
        raise ValueError(f"{path} holds no model: it has no {CARD_FILE}")
    return cards[0].parent
