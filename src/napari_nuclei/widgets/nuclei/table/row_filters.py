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

    def set(self, wanted: Filter, name: str, frame: pd.DataFrame) -> None:
        """Replace the filter of a name; see `TableSession.set_filter`."""
        if isinstance(wanted, str) and wanted.strip():
            evaluate_filter(wanted, frame)
            self._filters[name] = wanted
        elif isinstance(wanted, str) or wanted is None:
            self._filters.pop(name, None)
        else:
            self._filters[name] = by_label(wanted, frame).astype(bool)

    def apply(self, frame: pd.DataFrame) -> NDArray[np.bool_]:
        """Return which rows of a table meet all filters, shape (rows,).

        A filter that cannot be applied, because its column is no longer measured, is
        left out; see `error`.
        """
        shown = np.ones(len(frame), bool)
        self.error = ""
        for wanted in self._filters.values():
            if isinstance(wanted, str):
                try:
                    shown &= evaluate_filter(wanted, frame)
                except ValueError as error:
                    self.error = format_error(error)
            elif wanted.index.equals(frame.index):
                shown &= wanted.to_numpy()
            else:
                unique = wanted[~wanted.index.duplicated()]
                found = unique.reindex(frame.index, fill_value=True)
                shown &= found.to_numpy(bool)
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
