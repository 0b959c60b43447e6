"""The columns of the quality of an image in the manifest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from math import isnan
from typing import Any

from napari_nuclei.core.quality.quality import Quality

QUALITY_COLUMNS = tuple(item.name for item in fields(Quality) if item.name != "nuclei")
"""Names of the columns; the number of nuclei has its own."""


def encode_quality(quality: Quality | None) -> list[str]:
    """Return the cells of `QUALITY_COLUMNS`, at full precision; empty if unknown."""
    if quality is None:
        return [""] * len(QUALITY_COLUMNS)
    values = [getattr(quality, name) for name in QUALITY_COLUMNS]
    return ["" if isnan(value) else repr(value) for value in values]


def decode_quality(values: Mapping[str, Any], nuclei: int) -> Quality | None:
    """Return the quality of an image from a row of the manifest.

    Parameters
    ----------
    values : dict of str to str
        Cells by column. Cells may be missing.
    nuclei : int
        Number of nuclei.

    Returns
    -------
    Quality, optional
        None if all cells are empty, or one is not a number.
    """
    cells = {name: values[name] for name in QUALITY_COLUMNS if values.get(name)}
    if not cells:
        return None
    try:
        signs = int(cells.pop("other_object_signs", "0"))
        numbers = {name: float(cell) for name, cell in cells.items()}
    except (ValueError, OverflowError):
        return None
    return Quality(nuclei, other_object_signs=signs, **numbers)
