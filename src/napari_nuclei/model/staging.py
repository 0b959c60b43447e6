"""Add models to the user's models, each completely or not at all."""

from __future__ import annotations

import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from napari_nuclei.io.atomic import prepare_folder
from napari_nuclei.model.replacement import (
    rename_folder,
    replace_folder,
    restore_replaced,
)
from napari_nuclei.model.store import (
    BUNDLED,
    check_model_name,
    check_name_available,
    models_folder,
    read_card,
)

MAX_LEFTOVER_AGE = 24 * 3600.0
"""Age, in seconds, above which a folder is left over from a killed process."""

STAGED_NAME = re.compile(r"\.[A-Za-z0-9][A-Za-z0-9._-]*-[a-z0-9_]{8}(\.replaced)?")
"""Names of the hidden folders of this module."""


@contextmanager
def stage_model(name: str, *, overwrite: bool = False) -> Iterator[Path]:
    """Yield an empty folder that becomes a user model when the block ends.

    Parameters
    ----------
    name : str
        Name of the new model.
    overwrite : bool
        Replace a user model of this name, once the new one is complete.

    Yields
    ------
    Path
        A hidden folder; it is removed if the block raises.

    Raises
    ------
    OSError, ValueError
        If the name is not allowed or is taken, also by a model that was added
        meanwhile, or the folder cannot be written.
    """
    if overwrite and not (BUNDLED / name).exists():
        check_model_name(name)
    else:
        check_name_available(name)
    models = models_folder()
    prepare_folder(models)
    remove_leftovers(models)
    partial = Path(tempfile.mkdtemp(prefix=f".{name}-", dir=models))
    try:
        yield partial
        read_card(partial)
        partial.chmod(0o755)
        if overwrite:
            replace_folder(partial, models / name)
        else:
            rename_folder(partial, models / name)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def remove_leftovers(models: Path) -> None:
    """Remove what killed processes left in the folder of user models a day ago."""
    restore_replaced(models)
    for folder in models.iterdir():
        with suppress(OSError):
            age = time.time() - folder.stat().st_mtime
            if STAGED_NAME.fullmatch(folder.name) and age > MAX_LEFTOVER_AGE:
                shutil.rmtree(folder, ignore_errors=True)
