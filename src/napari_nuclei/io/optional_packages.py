"""Packages that only some formats need."""

from __future__ import annotations

from importlib import import_module
from typing import Any


def import_extra(module: str) -> Any:
    """Import a module of an optional package.

    Raises
    ------
    ModuleNotFoundError
        If it is not installed; the message gives the command that installs it.
    """
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        extra = "slides" if module == "tiffslide" else "large"
        raise ModuleNotFoundError(
            f"{module.partition('.')[0]} is needed here: "
            f"python -m pip install 'napari-nuclei[{extra}]'"
        ) from error
