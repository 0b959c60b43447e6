"""Make a table of the measurements that a file of outlines has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_nuclei.core.axes import PlaneIndex
from napari_nuclei.io.csv_cells import BOOLEAN_COLUMN
from napari_nuclei.io.outlines.outlined_object import OutlinedObject

if TYPE_CHECKING:
    import pandas as pd

Row = tuple[int, PlaneIndex, OutlinedObject]
"""The label of an object, the index of its plane, and the object."""


def make_object_table(
    rows: Sequence[Row], stack_axes: str, *, classified: bool = True
) -> pd.DataFrame:
    """Return the measurements and classes of objects as a table.

    Parameters
    ----------
    rows : sequence of (int, tuple of int, OutlinedObject)
    stack_axes : str
        Letters of the axes of the stack, in lower case; each is a column, unless
        nuclei extend over several planes with the same measurements.
    classified : bool
        Whether to add the column `class`, if an object has a class.

    Returns
    -------
    DataFrame
        The index is `label`.
    """
    import pandas as pd

    rows = sorted(rows, key=lambda row: (row[1], row[0]))
    joined = are_joined(rows) if stack_axes else False
    if joined:
        rows = [*{row[0]: row for row in reversed(rows)}.values()]
        rows.sort(key=lambda row: row[0])
    objects = [item for _, _, item in rows]
    columns: dict[str, Any] = {"label": np.array([row[0] for row in rows], np.int64)}
    if not joined:
        for position, axis in enumerate(stack_axes):
            indices = [plane[position] for _, plane, _ in rows]
            columns[axis] = np.array(indices, np.int64)
    for name in dict.fromkeys(name for item in objects for name in item.numbers):
        if name not in columns:
            columns[name] = number_column(
                name, [item.numbers.get(name) for item in objects]
            )
    for name in dict.fromkeys(name for item in objects for name in item.texts):
        if name not in columns:
            columns[name] = text_column([item.texts.get(name) for item in objects])
    if classified and any(item.class_name is not None for item in objects):
        columns["class"] = text_column([item.class_name for item in objects])
    return pd.DataFrame(columns).set_index("label")


def are_joined(rows: Sequence[Row]) -> bool:
    """Return whether nuclei extend over planes: equal labels have equal values."""
    values_of_label: dict[int, str] = {}
    repeated = False
    for label, _, item in rows:
        values = repr((item.numbers, item.texts, item.class_name))
        if label in values_of_label:
            repeated = True
            if values_of_label[label] != values:
                return False
        values_of_label[label] = values
    return repeated or any("bbox_z0" in item.numbers for _, _, item in rows)


def number_column(name: str, values: list[float | None]) -> Any:
    """Return measurements as an array of bool, int64 or float64; NaN is missing."""
    if all(isinstance(value, int) for value in values):
        if BOOLEAN_COLUMN.fullmatch(name) and {*values} <= {0, 1}:
            return np.array(values, bool)
        if max((abs(value or 0) for value in values), default=0) < 1 << 63:
            return np.array(values, np.int64)
    return np.array([np.nan if v is None else v for v in values], np.float64)


def text_column(values: list[str | None]) -> Any:
    """Return text as pandas has it; NaN is missing."""
    import pandas as pd

    texts = [np.nan if value is None else value for value in values]
    return pd.Series(texts, dtype=pd.Series(["a"]).dtype)
