"""The columns of numbers in a report: their names for people, and their kinds."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from napari_nuclei.scale.tables.quality_columns import QUALITY_COLUMNS

DENSITY_MM2, DENSITY_MPX = "nuclei per mm²", "nuclei per megapixel"
"""Names of the density of nuclei, if the pixel size is known and if it is not."""

UNITS = {"_um": "µm", "_um2": "µm²", "_um3": "µm³"}

PIXEL_UNITS = {
    "area": "px²",
    "diameter": "px",
    "perimeter": "px",
    "axis_major_length": "px",
    "axis_minor_length": "px",
    "volume": "voxels",
}
"""Units of sizes that are not in µm."""

SIZES = ("median area", "median volume", "median diameter")
"""Beginnings of the names of columns of sizes, which come early."""

LABELS = {
    "nuclei": "Nuclei",
    "seconds": "Time (s)",
    "share touches_border": "Share at the border",
    "border_share": "Share at the border",
    "saturated_share": "Share of saturated pixels",
    "network_diameter": "Diameter, relative to the model's",
    "other_object_signs": "Signs of other objects",
}
"""Labels of columns whose name does not say enough."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of numbers.

    Attributes
    ----------
    name : str
        Its name in `ReportImage.values`.
    label : str
        Its name for people.
    percent : bool
        Whether its values, 0 to 1, are shown as percentages.
    """

    name: str
    label: str
    percent: bool


def describe_columns(names: Iterable[str]) -> list[Column]:
    """Return the columns of a report, counts and densities first and seconds last."""
    first = ("nuclei", DENSITY_MM2, DENSITY_MPX)

    def order(name: str) -> int:
        if name in first:
            return first.index(name)
        if name.startswith("share "):
            return len(first)
        if name.startswith(SIZES):
            return len(first) + 1
        return len(first) + 2 + (name in QUALITY_COLUMNS) + 2 * (name == "seconds")

    ordered = sorted(names, key=order)
    return [
        Column(name, label_of(name), name.startswith("share ") or name[-6:] == "_share")
        for name in ordered
    ]


def label_of(name: str) -> str:
    """Return the name of a column for people.

    Examples
    --------
    >>> label_of("median area_um2"), label_of("median area"), label_of("focus")
    ('Median area (µm²)', 'Median area (px²)', 'Focus')
    """
    if name in LABELS:
        return LABELS[name]
    match = re.fullmatch(r"(.+?)(_um[23]?)", name)
    text = match[1] if match else name
    unit = UNITS[match[2]] if match else PIXEL_UNITS.get(name.removeprefix("median "))
    text = text.replace("_", " ")
    if unit:
        text += f" ({unit})"
    return text[:1].upper() + text[1:]
