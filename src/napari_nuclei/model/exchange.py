"""Models that come and go: imported and exported as folders and zip files."""

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


def export_model(name: str, path: Path, *, overwrite: bool = False) -> Path:
    """Write a model as a zip file, complete or not at all, with a test of it.

    Parameters
    ----------
    name : str
    path : Path
        The zip file, or a folder in which `<name>.zip` is made.
    overwrite : bool
        Replace a file that is there.

    Returns
    -------
    Path
        The zip file.

    Raises
    ------
    OSError
        If there is no such model, the place is taken or it cannot be written.
    ValueError
        If the model's network does not run.
    """
    entry = find_model(name)
    path = path / f"{entry.name}.zip" if path.is_dir() else path
    if path.exists() and not overwrite:
        raise FileExistsError(f"{path} exists already; choose another place")
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
            if inside.as_posix() != SELF_TEST:  # that of another machine
                archive.write(file, f"{entry.name}/{inside.as_posix()}")
        archive.writestr(f"{entry.name}/{SELF_TEST}", test)
    return path


def import_model(path: Path, *, name: str | None = None) -> ModelEntry:
    """Add a model from a folder, a zip file or a bare `.keras` file.

    Parameters
    ----------
    path : Path
    name : str, optional
        The name it gets; its own, or the file's, if None.

    Raises
    ------
    OSError
        If there is nothing at `path` or the name is taken.
    ValueError
        If it is not a model that can be used safely.
    """
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
        with tempfile.TemporaryDirectory() as place:
            try:
                return import_model(unpack(path, Path(place)), name=name)
            except ValueError as error:  # name the zip, not where it was unpacked
                raise ValueError(str(error).replace(place, str(path))) from error
    else:
        raise ValueError(f"{path} is neither a model's folder, nor a zip, nor .keras")
    return find_model(name or card.name)


def copy_tree(source: Path, target: Path) -> None:
    """Copy what is in a folder; raise OSError at what cannot be copied."""
    try:
        shutil.copytree(source, target, dirs_exist_ok=True)
    except shutil.Error as error:  # holds a list of (from, to, reason)
        reason = re.sub(r"^\[Errno \d+\] ", "", error.args[0][0][2])
        raise OSError(f"the model cannot be copied: {reason}") from error


def unpack(path: Path, place: Path) -> Path:
    """Unpack a model's zip file into `place`; return the folder with the card."""
    with zipfile.ZipFile(path) as archive:
        if sum(item.file_size for item in archive.infolist()) > MAX_ZIP_BYTES:
            raise ValueError(f"{path} unpacks to over 1 GiB; it is not a model")
        try:
            archive.extractall(place)
        except (zipfile.BadZipFile, zlib.error) as error:
            raise ValueError(f"{path} is damaged ({error})") from error
    cards = sorted(place.rglob(CARD_FILE), key=lambda p: len(p.parts))
    if not cards:
        raise ValueError(f"{path} holds no model: it has no {CARD_FILE}")
    return cards[0].parent
