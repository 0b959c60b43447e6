"""Rename and remove user models, and remember which model napari selects first."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

from napari_nuclei.io.atomic import write_atomic
from napari_nuclei.model.store import (
    BUNDLED,
    DEFAULT_MODEL,
    check_model_name,
    check_name_available,
    find_model,
    models_folder,
    write_card,
)

PREFERRED_FILE = ".chosen"
"""File, in the folder of user models, with the name of the model selected first."""


def get_preferred_model() -> str:
    """Return the name of the model that napari selects first.

    This is the latest trained model that is better than its base model, or the default
    model. Python and the command line always use the default model, so that a
    script does the same on every computer.
    """
    path = models_folder() / PREFERRED_FILE
    name = path.read_text(encoding="utf-8").strip() if path.is_file() else ""
    return name if name and (models_folder() / name).is_dir() else DEFAULT_MODEL


def set_preferred_model(name: str) -> None:
    """Set the model that napari selects first.

    Raises
    ------
    OSError
        If there is no such model, or its name cannot be saved.
    """
    write_atomic(models_folder() / PREFERRED_FILE, find_model(name).name.encode())


def rename_model(name: str, new: str) -> None:
    """Rename a user model.

    Raises
    ------
    OSError
        If there is no such model, it is bundled, or `new` is taken.
    ValueError
        If `new` is not allowed as the name of a model.
    """
    check_name_available(new)
    entry = find_model(name)
    if entry.bundled or entry.folder.parent != models_folder():
        raise PermissionError(f"{name} is not one of your models and cannot be renamed")
    was_preferred = get_preferred_model() == name
    entry.folder.rename(models_folder() / new)
    write_card(models_folder() / new, replace(entry.card, name=new))
    if was_preferred:
        set_preferred_model(new)


def remove_model(name: str) -> None:
    """Delete a user model.

    Raises
    ------
    OSError
        If there is no such model, or it is bundled.
    ValueError
        If `name` is not allowed as the name of a model.
    """
    check_model_name(name)
    if (BUNDLED / name).exists():
        raise PermissionError(f"{name} is a bundled model and cannot be removed")
    folder = models_folder() / name  # also if its model card is broken
    if not folder.is_dir():
        raise FileNotFoundError(f"There is no model {name} in {models_folder()}")
    hidden = Path(tempfile.mkdtemp(prefix=f".{name}-", dir=models_folder()))
    folder.rename(hidden / name)
    shutil.rmtree(hidden)
