"""The forms in which `train` takes its data, name and settings."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from napari_nuclei.config import TrainConfig
from napari_nuclei.config.fields import apply_settings
from napari_nuclei.config.warn_user import warn_user
from napari_nuclei.model.store import check_model_name, check_name_available, find_model
from napari_nuclei.training.loop.run_folder import run_folder

P = ParamSpec("P")
T = TypeVar("T")

ARGUMENTS = (
    *("data", "name", "config", "validation", "base", "about", "hooks", "progress"),
    *("callbacks", "metrics", "max_pixels", "resume", "overwrite"),
)
"""Arguments of `train` that are not settings."""

MAX_STEM = 50
"""Largest number of characters of a name that is made from a path."""


def accept_call_forms(function: Callable[P, T]) -> Callable[P, T]:
    """Let `train` take images and labels as two arguments, as Keras' `fit` does.

    ``train(images, labels, "mine")`` is ``train((images, labels), "mine")``. Earlier
    versions took the settings as second argument; that works with a warning.
    """

    @wraps(function)
    def wrapper(*args: Any, **options: Any) -> Any:
        if len(args) == 2 and (args[1] is None or isinstance(args[1], TrainConfig)):
            warn_user(
                "train(data, config, name=...) is now train(data, name, config=...)",
                DeprecationWarning,
            )
            return function(args[0], config=args[1], **options)  # type: ignore[arg-type]
        two_parts = len(args) > 1 and (
            not isinstance(args[1], str) or len(args) == 3 or "name" in options
        )
        if two_parts:
            args = (args[:2], *args[2:])
        return function(*args, **options)

    return wrapper


def fill_arguments(
    data: object,
    name: str | None,
    config: TrainConfig | None,
    base: Any,
    settings: Mapping[str, Any],
) -> tuple[str, TrainConfig, str | Path | None]:
    """Return the name, settings and base model of a training run.

    Parameters
    ----------
    data : object
        What the training is about; its path makes the name if `name` is None.
    name : str, optional
    config : TrainConfig, optional
        None uses the defaults.
    base : str, path-like or Segmenter, optional
    settings : mapping of str to object
        Fields of `TrainConfig` that replace those of `config`.

    Returns
    -------
    name : str
    config : TrainConfig
    base : str or Path, optional

    Raises
    ------
    TypeError
        If there is no setting of a name, or `base` is not a model.
    """
    config = apply_settings("train", TrainConfig, config, settings, ARGUMENTS)
    if base is not None and not isinstance(base, str | Path):
        entry = find_model(base)
        base = entry.name if entry.bundled else entry.folder
    return name or free_name(data), config, base


def check_trained_name(name: str, *, overwrite: bool) -> None:
    """Raise an error if a training cannot write a model of a name.

    Parameters
    ----------
    name : str
    overwrite : bool
        Whether a model of the user that has this name is replaced.
    """
    if overwrite:
        check_model_name(name)
    else:
        remedy = "choose another name, or replace it with --overwrite (overwrite=True)"
        check_name_available(name, remedy)


def free_name(data: object) -> str:
    """Return a name for a model that is not taken, from the path of its data."""
    path = Path(data) if isinstance(data, str | Path) else Path("model")
    stem = re.sub(r"[^A-Za-z0-9._-]+", "-", path.expanduser().absolute().stem)
    stem = stem.strip("-._")[:MAX_STEM] or "model"
    name, number = stem, 1
    while not is_free(name):
        number += 1
        name = f"{stem}-{number}"
    return name


def is_free(name: str) -> bool:
    """Return whether neither a model nor an interrupted training has a name."""
    try:
        check_name_available(name)
    except FileExistsError:
        return False
    return not run_folder(name).exists()
