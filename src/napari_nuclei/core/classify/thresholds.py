"""Classes of nuclei by limits of one column."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.classify.otsu import otsu_limits

if TYPE_CHECKING:
    import pandas as pd

NAMES = {
    1: ("negative", "positive"),
    2: ("negative", "1+", "2+"),
    3: ("negative", "1+", "2+", "3+"),
}
"""Names of the classes by the number of limits."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Limits of one column that divide nuclei into classes.

    Attributes
    ----------
    column : str
        Column of a table of nuclei.
    limits : tuple of float
        One to three limits, ascending. A nucleus above none is negative, above one
        positive; above several it has the grade 1+, 2+ or 3+.
    """

    column: str
    limits: tuple[float, ...]

    def __init__(self, column: str, limits: float | Sequence[float]) -> None:
        values = (limits,) if isinstance(limits, (int, float)) else tuple(limits)
        ascending = all(low < high for low, high in pairwise((-np.inf, *values)))
        if len(values) not in NAMES or not ascending:
            raise ValueError(
                f"limits must be one to three ascending numbers; got {limits!r}"
            )
        object.__setattr__(self, "column", column)
        object.__setattr__(self, "limits", tuple(float(value) for value in values))

    @classmethod
    def suggest(cls, table: pd.DataFrame, column: str, count: int = 1) -> Thresholds:
        """Return the limits of Otsu's method.

        Parameters
        ----------
        table : DataFrame
            As from `measure`.
        column : str
        count : int
            Number of limits, 1 to 3.

        Raises
        ------
        ValueError
            If the table lacks the column, or it has too few different values.
        """
        values = column_values(table, column)
        values = values[np.isfinite(values)]
        if not len(values) or values.min() == values.max():
            raise ValueError(
                f"column {column!r} has no two different values; no limit parts them"
            )
        try:
            limits = otsu_limits(values, count)
        except ValueError:
            raise ValueError(
                f"column {column!r} has too few different values for {count} limits; "
                "choose fewer limits"
            ) from None
        return cls(column, limits)

    def grades(self, table: pd.DataFrame) -> NDArray[np.int64]:
        """Return the number of limits that each nucleus exceeds; of NaN 0.

        Raises
        ------
        ValueError
            If the table lacks the column.
        """
        values = column_values(table, self.column)
        above = [values > limit for limit in self.limits]
        grades: NDArray[np.int64] = np.sum(above, axis=0, dtype=np.int64)
        return grades

    def classify(self, table: pd.DataFrame) -> pd.Series[Any]:
        """Return the class of each nucleus: "negative", "positive", or a grade.

        Raises
        ------
        ValueError
            If the table lacks the column.
        """
        import pandas as pd

        names = np.array(NAMES[len(self.limits)], object)
        return pd.Series(names[self.grades(table)], table.index, name="class")


def column_values(table: pd.DataFrame, column: str) -> NDArray[np.float64]:
    """Return a column as floats.

    Raises
    ------
    ValueError
        If the table lacks it, or it holds text.
    """
    if column not in table:
        raise ValueError(
            f"the table has no column {column!r}; it has {', '.join(map(str, table))}"
        )
    try:
        values: NDArray[np.float64] = table[column].to_numpy(np.float64)
    except ValueError as error:
        raise ValueError(
            f"column {column!r} holds text; choose a column of numbers"
        ) from error
    return values
