"""The defaults of fine-tuning."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

NO_LIMIT = 10_000
"""Epochs, and patience, if a training run is to end only with its budget."""

EPOCHS = 40
"""Epochs of fine-tuning if the user chose the number of steps in each."""


def fine_tuning_defaults(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings of fine-tuning that differ from the usual defaults.

    Parameters
    ----------
    given : mapping of str to object
        Settings that the user chose. With epochs or steps among them, and no budget,
        the time is not limited.

    Examples
    --------
    >>> defaults = fine_tuning_defaults({"steps": 50})
    >>> defaults["epochs"], defaults["budget"]
    (40, None)
    """
    defaults: dict[str, Any] = {
        "epochs": NO_LIMIT,
        "steps": 10,
        "batch": 8,
        "budget": 90.0,
        "learning_rate": 3e-4,
        "patience": NO_LIMIT,
        "ema": 0.9,
        "finetuned_weight": None,
        "encoder": "keep",
        "batch_norm": "keep",
        "val_fraction": 0.25,
        "figures_every": 20,
        "keep_annotations": True,
    }
    is_counted = not given.keys().isdisjoint(("epochs", "steps"))
    if is_counted and given.get("budget") is None:
        defaults |= {"epochs": EPOCHS, "steps": None, "budget": None}
    return defaults
