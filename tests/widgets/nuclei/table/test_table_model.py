from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from qtpy.QtCore import Qt

from napari_nuclei.widgets.nuclei.table.table_model import TableModel

UP, DOWN = Qt.SortOrder.AscendingOrder, Qt.SortOrder.DescendingOrder


@pytest.fixture
def model(qapp) -> TableModel:
    columns = {
        "bbox_y0": [0, 1, 2, 3],
        "area": [20, 10, 30, 10],
        "mean": [np.nan, 2.0, 1.0, 3.0],
        "class": ["b", None, "a", "b"],
    }
    frame = pd.DataFrame(columns, pd.Index([4, 5, 6, 9], name="label"))
    model = TableModel()
    model.set_frame(frame, np.ones(4, bool))
    return model


def labels(model) -> list[int]:
    return model.labels_at(np.arange(model.rowCount())).tolist()


def sort(model, name: str, order) -> list[int]:
    model.sort(model.columns.index(name), order)
    return labels(model)


def test_the_label_comes_first_and_boxes_last(model) -> None:
    assert model.columns == ["label", "area", "mean", "class", "bbox_y0"]
    assert model.headerData(1, Qt.Orientation.Horizontal) == "area"


@pytest.mark.parametrize(
    ("name", "order", "expected"),
    [
        ("area", UP, [5, 9, 4, 6]),
        ("area", DOWN, [6, 4, 9, 5]),
        ("mean", UP, [6, 5, 9, 4]),
        ("mean", DOWN, [9, 5, 6, 4]),
        ("class", UP, [6, 4, 9, 5]),
        ("class", DOWN, [9, 4, 6, 5]),
        ("label", DOWN, [9, 6, 5, 4]),
    ],
)
def test_rows_are_sorted_and_missing_values_come_last(
    model, name, order, expected
) -> None:
    assert sort(model, name, order) == expected
    model.sort(-1)
    assert labels(model) == [4, 5, 6, 9]


def test_the_order_stays_when_rows_are_filtered(model) -> None:
    sort(model, "area", DOWN)
    frame = pd.DataFrame({"area": [1, 2, 3]}, pd.Index([7, 8, 9], name="label"))
    model.set_frame(frame, np.array([True, False, True]))
    assert labels(model) == [9, 7]
    assert model.rows_of(frozenset({7, 8})).tolist() == [1]
    assert model.shown_row_of(2) == 0 and model.shown_row_of(1) is None


def test_cells_are_short_texts(model) -> None:
    texts = [model.data(model.index(0, column)) for column in range(4)]
    assert texts == ["4", "20", "", "b"]


def test_a_selected_row_is_followed_when_the_table_is_sorted(model) -> None:
    from qtpy.QtCore import QPersistentModelIndex

    chosen = QPersistentModelIndex(model.index(0, 0))
    sort(model, "area", UP)
    assert model.data(model.index(chosen.row(), 0)) == "4"
