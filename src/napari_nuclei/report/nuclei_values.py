"""Values of an image from the table of its nuclei: medians and shares of classes."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_nuclei.io.optional_packages import import_extra

if TYPE_CHECKING:
    import pandas as pd

NOT_MEASUREMENTS = re.compile(
    "file|label|plane|well|row|column|field|[a-z]|parent|track|frame|orientation"
    r"|(weighted_)?centroid.*|bbox.*|extent_z"
)
"""Columns of a table that say which nucleus it is, and where."""

CLASS_COLUMN = "class"

SHARES = ("touches_border",)
"""Columns of True and False whose share is shown."""

MAX_CLASSES = 8
"""Largest number of classes whose shares are shown."""


def read_values(path: Path) -> dict[str, float]:
    """Return the values of an image from the table of its nuclei.

    Parameters
    ----------
    path : Path
        A ``.csv`` or ``.parquet`` file.

    Returns
    -------
    dict of str to float
        As `summarize_table` returns them.

    Raises
    ------
    OSError, ValueError
        If the table cannot be read.
    """
    import pandas as pd

    if path.suffix.lower() == ".parquet":
        parquet = import_extra("pyarrow.parquet")
        file = parquet.ParquetFile(path)
        names = [n for n in file.schema_arrow.names if is_shown(n)]
        return summarize_table(file.read(columns=names).to_pandas())
    try:
        table = pd.read_csv(path, usecols=is_shown, encoding_errors="replace")
    except pd.errors.EmptyDataError:
        return {}
    return summarize_table(table)


def is_shown(name: str) -> bool:
    """Return whether a column of a table is a measurement or the class.

    Examples
    --------
    >>> is_shown("area"), is_shown("centroid_y"), is_shown("z")
    (True, False, False)
    """
    return not NOT_MEASUREMENTS.fullmatch(name)


def summarize_table(table: pd.DataFrame) -> dict[str, float]:
    """Return the medians of the columns of numbers, and the shares of classes.

    Parameters
    ----------
    table : DataFrame
        One row for each nucleus.

    Returns
    -------
    dict of str to float
        Keys are "median area", "share positive" and the like; shares are from 0 to 1.
        Empty for a table without rows. Sizes in pixels are left out if the table has
        them in µm.
    """
    values: dict[str, float] = {}
    if not len(table):
        return values
    names = {*map(str, table.columns)}
    for name, column in table.items():
        name = str(name)
        if name == CLASS_COLUMN:
            values |= class_shares(column)
        elif name in SHARES or column.dtype.kind == "b":
            values[f"share {name}"] = float(column.astype(float).mean())
        elif column.dtype.kind in "iuf":
            if names & {f"{name}_um", f"{name}_um2", f"{name}_um3"}:
                continue
            numbers = column.to_numpy(np.float64, na_value=np.nan)
            numbers = numbers[np.isfinite(numbers)]
            if len(numbers):
                values[f"median {name}"] = float(np.median(numbers))
    return values


def class_shares(classes: Any) -> dict[str, float]:
    """Return the share of each class among the nuclei that have one.

    With the two classes positive and negative, the share of positive says all.
    """
    counts = classes.dropna().astype(str).value_counts()
    total = int(counts.sum())
    names = sorted(counts.index)
    if {*names} <= {"positive", "negative"}:
        names = ["positive"]
    if not total or len(names) > MAX_CLASSES:
        return {}
    return {f"share {name}": float(counts.get(name, 0)) / total for name in names}
