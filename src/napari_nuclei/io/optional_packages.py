"""Packages that only some formats need."""

from __future__ import annotations

from importlib import import_module
from typing import Any

EXTRAS = {"tiffslide": "slides", "onnx": "export", "tf2onnx": "export"}
"""The extra that brings a package; packages that are not listed are in "large"."""


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
        package = module.partition(".")[0]
        raise ModuleNotFoundError(
            f"{package} is needed here: python -m pip install "
            f"'napari-nuclei[{EXTRAS.get(package, 'large')}]'"
        ) from error
