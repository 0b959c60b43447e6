"""The filters of a table: expressions and marked rows; without Qt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from napari_nuclei.core.errors import format_error
from napari_nuclei.widgets.nuclei.table.filter_expression import evaluate_filter

if TYPE_CHECKING:
    import pandas as pd

Filter = str | ArrayLike | None
"""An expression, or which rows to show; None for all."""


class RowFilters:
    """Filters by name; a row is shown if it meets all of them.

    Attributes
    ----------
    error : str
        Why a filter is not applied; empty if all are.
    """

    def __init__(self) -> None:
        self.error = ""
        self._filters: dict[str, Any] = {}

    def set(self, new_filter: Filter, name: str, frame: pd.DataFrame) -> None:
        """Replace the filter of a name; see `TableSession.set_filter`."""
        if isinstance(new_filter, str) and new_filter.strip():
            evaluate_filter(new_filter, frame)
            self._filters[name] = new_filter
        elif isinstance(new_filter, str) or new_filter is None:
            self._filters.pop(name, None)
        else:
            self._filters[name] = by_label(new_filter, frame).astype(bool)

    def apply(self, frame: pd.DataFrame) -> NDArray[np.bool_]:
        """Return which rows of a table meet all filters, shape (rows,).

        A filter that cannot be applied, because its column is no longer measured, is
        left out; see `error`.
        """
        shown = np.ones(len(frame), bool)
        self.error = ""
        for row_filter in self._filters.values():
            if isinstance(row_filter, str):
                try:
                    shown &= evaluate_filter(row_filter, frame)
                except ValueError as error:
                    self.error = format_error(error)
            elif row_filter.index.equals(frame.index):
                shown &= row_filter.to_numpy()
            else:
                unique = row_filter[~row_filter.index.duplicated()]
                meets_filter = unique.reindex(frame.index, fill_value=True)
                shown &= meets_filter.to_numpy(bool)
        return shown


def by_label(values: ArrayLike, frame: pd.DataFrame) -> pd.Series:
    """Return values as a Series whose index is the label.

    Parameters
    ----------
    values : Series, or array of shape (rows,)
    frame : DataFrame
        Gives the labels of an array.

    Raises
    ------
    ValueError
        If an array does not have a value for each row.
    """
    import pandas as pd

    if isinstance(values, pd.Series):
        return values
    array = np.asarray(values)
    if array.shape != (len(frame),):
        raise ValueError(
            f"a column needs a value for each of the {len(frame)} nuclei; got an array "
            f"of shape {array.shape}"
        )
    return pd.Series(array, frame.index)
