"""The name of a new model: what the user typed, or a suggestion."""

from __future__ import annotations

from napari_nuclei.model.store import list_models
from napari_nuclei.training.loop.run_folder import list_interrupted

SUGGESTED_NAME = "my-cells"


def suggest_name() -> str:
    """Return a free name: `SUGGESTED_NAME`, with a number if it is taken.

    The names of interrupted trainings are not free, so that they can be resumed.
    """
    taken = {entry.name for entry in list_models()} | set(list_interrupted())
    name, number = SUGGESTED_NAME, 1
    while name in taken:
        number += 1
        name = f"{SUGGESTED_NAME}-{number}"
    return name


def clean_name(text: str) -> str:
    """Return a typed name without spaces, which names of models cannot have.

    Examples
    --------
    >>> clean_name("  my new  cells ")
    'my-new-cells'
    """
    return "-".join(text.split())
