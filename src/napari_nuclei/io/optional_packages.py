"""Packages that only some formats and tasks need."""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.util import find_spec
from typing import Any

TENSORFLOW_COMMAND = "python -m pip install tensorflow tensorboard"
"""Command that installs TensorFlow and its logs."""

FIRST_PYTHON_WITHOUT_TENSORFLOW = (3, 14)
"""Version of Python for which TensorFlow has no release; pyproject.toml has it too."""

EXTRAS = {
    "tiffslide": "slides",
    "onnx": "export",
    "tf2onnx": "export",
    "onnxruntime": "onnx",
}
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


def describe_missing_tensorflow() -> str:
    """Return one line with what to do if TensorFlow is missing; empty if it is there.

    TensorFlow is not imported, which would take seconds.
    """
    if is_installed("tensorflow"):
        return ""
    if sys.version_info >= FIRST_PYTHON_WITHOUT_TENSORFLOW:
        version = ".".join(map(str, sys.version_info[:2]))
        return (
            f"TensorFlow, which trains models, has no release for Python {version}. "
            "Install napari-nuclei in an environment with Python 3.11 to 3.13"
        )
    return (
        f"TensorFlow, which trains models, is not installed: {TENSORFLOW_COMMAND}, "
        "then start again"
    )


def require_tensorflow() -> None:
    """Raise ModuleNotFoundError, with what to do, if TensorFlow is missing."""
    text = describe_missing_tensorflow()
    if text:
        raise ModuleNotFoundError(text, name="tensorflow")


def is_installed(package: str) -> bool:
    """Return whether a package is installed, without importing it."""
    try:
        return find_spec(package) is not None
    except ValueError:  # imported, but without a specification
        return True
