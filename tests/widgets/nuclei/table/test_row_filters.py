from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from napari_nuclei.widgets.nuclei.table.row_filters import RowFilters, by_label


@pytest.fixture
def frame() -> pd.DataFrame:
    return pd.DataFrame({"area": [10, 20, 30]}, pd.Index([1, 2, 3], name="label"))


def test_a_row_is_shown_if_it_meets_all_filters(frame) -> None:
    filters = RowFilters()
    filters.set("area > 10", "typed", frame)
    filters.set(np.array([True, True, False]), "histogram", frame)
    assert filters.apply(frame).tolist() == [False, True, False]
    filters.set(None, "histogram", frame)
    assert filters.apply(frame).tolist() == [False, True, True]
    filters.set("  ", "typed", frame)
    assert filters.apply(frame).all()


def test_marked_rows_are_joined_by_label_and_new_ones_shown(frame) -> None:
    filters = RowFilters()
    filters.set(frame["area"] < 15, "marked", frame)
    other = pd.DataFrame({"area": [1, 2]}, pd.Index([3, 9], name="label"))
    assert filters.apply(other).tolist() == [False, True]


def test_a_filter_on_a_column_that_has_gone_hides_nothing(frame) -> None:
    filters = RowFilters()
    filters.set("area > 10", "typed", frame)
    assert filters.apply(frame.rename(columns={"area": "volume"})).all()
    assert filters.error == "The table has no column area."
    filters.apply(frame)
    assert not filters.error


def test_values_that_are_too_few_are_refused(frame) -> None:
    with pytest.raises(ValueError, match="a value for each of the 3 nuclei"):
        by_label([1, 2], frame)
