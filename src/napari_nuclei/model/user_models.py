"""Rename and remove user models, and remember which model napari selects first."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from napari_nuclei.io.atomic import write_atomic
from napari_nuclei.model.replacement import rename_folder
from napari_nuclei.model.store import (
    BUNDLED,
    DEFAULT_MODEL,
    MODEL_NAME_PATTERN,
    check_model_name,
    check_name_available,
    find_model,
    list_models,
    models_folder,
    save_card,
)

PREFERRED_FILE = ".chosen"
"""File, in the folder of user models, with the name of the model selected first."""


def get_preferred_model() -> str:
    """Return the name of the model that napari selects first.

    This is the latest trained model that is better than its base model, or the default
    model. Python and the command line always use the default model, so that a
    script does the same on every computer.
    """
    models = models_folder()
    try:
        name = (models / PREFERRED_FILE).read_text(encoding="utf-8").strip()
        exists = MODEL_NAME_PATTERN.fullmatch(name) and (models / name).is_dir()
    except (OSError, ValueError):  # no model was selected, or the file is damaged
        return DEFAULT_MODEL
    return name if exists else DEFAULT_MODEL


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
    rename_folder(entry.folder, models_folder() / new)
    # The folder's name counts. A card that cannot be written only has an old name.
    with suppress(OSError):
        save_card(models_folder() / new, replace(entry.card, name=new))
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


def hint_at_model(path: object) -> str:
    """Return the end of a message about a missing path, if it is a model's name.

    Parameters
    ----------
    path : object
        What was given as the path of an image or a data set.

    Examples
    --------
    >>> hint_at_model("nuclei")
    "; it is a model: give the images first, and the model as model='nuclei'"
    >>> hint_at_model("image.tif")
    ''
    """
    if not isinstance(path, str) or Path(path).exists():
        return ""
    if path not in [x.name for x in list_models()]:
        return ""
    return f"; it is a model: give the images first, and the model as model={path!r}"
