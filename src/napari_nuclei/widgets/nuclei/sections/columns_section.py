"""Choose among the columns of a table of nuclei; without Qt."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

POSITIONS = ("label", "t", "z", "plane")
"""Columns that say where a nucleus is."""


def numeric_columns(table: pd.DataFrame) -> list[str]:
    """Return the columns of numbers that are not positions, those of images first."""
    found = [
        str(name)
        for name in table
        if table[name].dtype.kind in "fiu"
        and name not in POSITIONS
        and not str(name).startswith(("bbox_", "centroid_"))
    ]
    of_images = [name for name in found if name.endswith("_mean")]
    others = [name for name in found if name not in of_images]
    return [*of_images, *others]


def preferred(columns: Sequence[str], endings: Sequence[str]) -> str | None:
    """Return the first column with one of some endings; the first of all without.

    Examples
    --------
    >>> preferred(["area", "slide_dab_mean"], ["_dab_mean", "_mean"])
    'slide_dab_mean'
    >>> preferred([], ["_mean"]) is None
    True
    """
    for ending in endings:
        for name in columns:
            if name.endswith(ending):
                return name
    return columns[0] if columns else None
