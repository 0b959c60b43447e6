"""Which of the models napari offers first, also after it has been renamed."""

from __future__ import annotations

from dataclasses import replace

from napari_nuclei.io.atomic import write_atomic
from napari_nuclei.model.store import (
    DEFAULT_MODEL,
    check_name_available,
    find_model,
    models_folder,
    write_card,
)

PREFERRED_FILE = ".chosen"
"""In the folder of the user's models: the name of the one that is offered first."""


def get_preferred_model() -> str:
    """Return the name of the model that napari offers first.

    It is the last one that was trained and found no worse than what it came from, or
    else the bundled one. Python and the command line always begin with the bundled
    one, so that a script means the same on every computer.
    """
    path = models_folder() / PREFERRED_FILE
    name = path.read_text(encoding="utf-8").strip() if path.is_file() else ""
    return name if name and (models_folder() / name).is_dir() else DEFAULT_MODEL


def set_preferred_model(name: str) -> None:
    """Have napari offer a model first.

    Raises
    ------
    OSError
        If there is no such model, or it cannot be noted.
    """
    write_atomic(models_folder() / PREFERRED_FILE, find_model(name).name.encode())


def rename_model(name: str, new: str) -> None:
    """Give one of the user's models another name.

    Raises
    ------
    OSError
        If there is no such model, it came with the package, or `new` is taken.
    ValueError
        If `new` cannot name a model.
    """
    check_name_available(new)
    entry = find_model(name)
    if entry.bundled or entry.folder.parent != models_folder():
        raise PermissionError(f"{name} came with the package and cannot be renamed")
    was_chosen = get_preferred_model() == name
    entry.folder.rename(models_folder() / new)
    write_card(models_folder() / new, replace(entry.card, name=new))
    if was_chosen:
        set_preferred_model(new)
