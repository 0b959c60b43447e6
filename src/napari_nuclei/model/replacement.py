"""Rename the folders of models so that two processes or a kill lose none of them."""

from __future__ import annotations

import shutil
from contextlib import suppress
from pathlib import Path

REPLACED_SUFFIX = ".replaced"
"""Suffix of the hidden folder to which a model is moved while a new one replaces it."""


def rename_folder(source: Path, target: Path) -> None:
    """Rename the folder of a model; raise FileExistsError if the name is taken.

    The operating system refuses to rename a folder to one with files. So of two
    processes that add a model of the same name, one succeeds and the other raises.
    """
    try:
        source.rename(target)
    except OSError as error:
        if not target.exists():
            raise
        raise FileExistsError(
            f"There is already a model named {target.name}; choose another name or "
            "remove it"
        ) from error


def replace_folder(source: Path, target: Path) -> None:
    """Rename the folder of a model; a model that has the name is removed.

    Parameters
    ----------
    source : Path
        A hidden folder with the name ``.<name>-<random letters>``.
    target : Path
        The folder ``<name>`` next to it.

    Raises
    ------
    OSError
        If a folder cannot be renamed; the earlier model still has the name.
    """
    earlier = source.with_name(source.name + REPLACED_SUFFIX)
    while True:
        with suppress(FileNotFoundError):  # no model has the name
            target.rename(earlier)
        try:
            source.rename(target)
        except OSError:
            if not target.exists():
                with suppress(FileNotFoundError):
                    earlier.rename(target)
                raise
            # Another process has added a model of this name just now.
            shutil.rmtree(earlier, ignore_errors=True)
            continue
        shutil.rmtree(earlier, ignore_errors=True)
        return


def restore_replaced(models: Path) -> None:
    """Give a model its name back if the process that was replacing it was killed."""
    with suppress(OSError):
        for folder in list(models.glob(f".*{REPLACED_SUFFIX}")):
            name = folder.name.removesuffix(REPLACED_SUFFIX)[1:].rpartition("-")[0]
            # The rename fails if another process has added a model meanwhile.
            if name and not (models / name).exists():
                folder.rename(models / name)
