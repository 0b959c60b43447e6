"""Hints for paths that do not exist because they are something else."""

from __future__ import annotations

from pathlib import Path

from napari_nuclei.model.store import list_models


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
