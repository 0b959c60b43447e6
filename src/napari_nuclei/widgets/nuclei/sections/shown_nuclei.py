"""The nuclei that the table shows after its filters; without Qt."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd

    from napari_nuclei.widgets.nuclei.table_session import TableSession


def shown_nuclei(session: TableSession) -> pd.DataFrame:
    """Return the rows of the table that meet its filters."""
    return session.frame[session.shown]


def selected_mask(session: TableSession, table: pd.DataFrame) -> NDArray[np.bool_]:
    """Return which rows of a table are selected."""
    chosen = np.fromiter(session.selected, np.int64, len(session.selected))
    found: NDArray[np.bool_] = table.index.isin(chosen)
    return found


def filter_note(session: TableSession) -> str:
    """Return how many nuclei meet the filters, as a sentence; empty without filters."""
    count, shown = len(session.shown), int(np.count_nonzero(session.shown))
    return "" if shown == count else f" The filter shows {shown} of {count} nuclei."
