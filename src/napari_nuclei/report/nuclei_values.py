"""Values of an image from the table of its nuclei: medians and fractions of classes."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

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


def read_nuclei(path: Path) -> pd.DataFrame:
    """Read the measurements and the class of the nuclei of an image.

    Parameters
    ----------
    path : Path
        A ``.csv`` or ``.parquet`` file.

    Returns
    -------
    DataFrame
        Without the columns that say which nucleus it is, and where.

    Raises
    ------
    OSError, ValueError
        If the table cannot be read.
    """
    import pandas as pd

    if path.suffix.lower() == ".parquet":
        parquet = import_extra("pyarrow.parquet")
        with parquet.ParquetFile(path) as file:
            names = [name for name in file.schema_arrow.names if is_shown(name)]
            table: pd.DataFrame = file.read(columns=names).to_pandas()
            return table
    try:
        return pd.read_csv(path, usecols=is_shown, encoding_errors="replace")
    except pd.errors.EmptyDataError:
        return pd.DataFrame()


def is_shown(name: str) -> bool:
    """Return whether a column of a table is a measurement or the class.

    Examples
    --------
    >>> is_shown("area"), is_shown("centroid_y"), is_shown("z")
    (True, False, False)
    """
    return not NOT_MEASUREMENTS.fullmatch(name)


def summarize_table(table: pd.DataFrame) -> dict[str, float]:
    """Return the medians of the columns of numbers, and the fractions of classes.

    Parameters
    ----------
    table : DataFrame
        One row for each nucleus.

    Returns
    -------
    dict of str to float
        Keys are "median area", "share positive" and the like; shares are from 0 to 1.
        Empty for a table without rows.
    """
    values: dict[str, float] = {}
    if not len(table):
        return values
    if CLASS_COLUMN in table:
        values |= class_shares(table[CLASS_COLUMN])
    for name, column in table.items():
        if name in SHARES or (name != CLASS_COLUMN and column.dtype.kind == "b"):
            values[f"share {name}"] = float(column.astype(float).mean())
    for name, numbers in measurements_of(table).items():
        finite = numbers[np.isfinite(numbers)]
        if len(finite):
            values[f"median {name}"] = float(np.median(finite))
    return values


def measurements_of(table: pd.DataFrame) -> dict[str, NDArray[np.float64]]:
    """Return the columns of numbers, each of shape (nuclei,), with NaN for unknown.

    Sizes in pixels are left out if the table has them in µm.
    """
    names = {*map(str, table.columns)}
    return {
        str(name): column.to_numpy(np.float64, na_value=np.nan)
        for name, column in table.items()
        if column.dtype.kind in "iuf"
        and name not in (CLASS_COLUMN, *SHARES)
        and not names & {f"{name}_um", f"{name}_um2", f"{name}_um3"}
    }


def class_shares(classes: Any) -> dict[str, float]:
    """Return the fraction of each class among the nuclei that have one.

    With the two classes positive and negative, the fraction of positive says all.
    """
    counts = classes.dropna().astype(str).value_counts()
    total = int(counts.sum())
    names = sorted(counts.index)
    if {*names} <= {"positive", "negative"}:
        names = ["positive"]
    if not total or len(names) > MAX_CLASSES:
        return {}
    return {f"share {name}": float(counts.get(name, 0)) / total for name in names}
