from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from napari.layers import Labels

from napari_nuclei.widgets.nuclei.table.added_columns import (
    MAX_EMPTY_ROWS,
    AddedColumns,
)
from napari_nuclei.widgets.segment.layer_data import make_features


@pytest.fixture
def measured() -> pd.DataFrame:
    return pd.DataFrame({"area": [5.0, 6.0]}, pd.Index([1, 3], name="label"))


def labels_with(**columns) -> Labels:
    frame = pd.DataFrame(columns, pd.Index([1, 3], name="label"))
    return Labels(np.ones((4, 4), int), features=make_features(frame))


def test_other_features_are_taken_over(measured) -> None:
    added = AddedColumns()
    added.read(labels_with(confidence=[0.5, 0.7], area=[1, 1], intensity_mean=[9, 9]))
    joined = added.join(measured)
    assert list(joined.columns) == ["confidence", "area"]
    assert joined["area"].tolist() == [5.0, 6.0]


def test_columns_that_the_dock_measured_before_are_not_taken_over(measured) -> None:
    layer = labels_with(dapi_mean=[1.0, 2.0])
    AddedColumns().write(
        layer, measured.assign(dapi_mean=3.0), measured.assign(dapi_mean=3.0)
    )
    again = AddedColumns()
    again.read(layer)
    assert list(again.join(measured).columns) == ["area"]


def test_numbers_of_edited_nuclei_are_forgotten_but_not_their_class(measured) -> None:
    added = AddedColumns()
    added.read(labels_with(confidence=[0.5, 0.7], tissue=["a", "b"]))
    added.set("class", pd.Series(["pos", "neg"], [1, 3]))
    added.forget_measured([3])
    joined = added.join(measured)
    assert joined.loc[1, "confidence"] == 0.5 and np.isnan(joined.loc[3, "confidence"])
    assert joined["tissue"].tolist() == ["a", "b"]
    assert joined["class"].tolist() == ["pos", "neg"]


def test_new_nuclei_have_no_class(measured) -> None:
    added = AddedColumns()
    added.set("class", pd.Series(["pos"], [1]))
    assert pd.isna(added.join(measured).loc[3, "class"])
    assert added.remove("class") and not added.remove("class")


def test_a_huge_label_needs_no_row_for_every_number(measured) -> None:
    layer = Labels(np.ones((4, 4), int))
    frame = measured.rename(index={3: 10 * MAX_EMPTY_ROWS})
    AddedColumns().write(layer, frame, frame)
    assert layer.features["label"].tolist() == [1, 10 * MAX_EMPTY_ROWS]
    assert len(layer.features) == 2


def test_features_that_others_set_are_taken_over(measured) -> None:
    layer, added = labels_with(confidence=[0.5, 0.7]), AddedColumns()
    changes = []
    added.follow(layer, lambda: changes.append(added.join(measured)))
    added.write(layer, added.join(measured), measured)
    layer.data = layer.data + 0
    assert not changes
    frame = pd.DataFrame({"confidence": [0.1, 0.2]}, pd.Index([1, 3], name="label"))
    layer.features = make_features(frame)
    assert changes[-1]["confidence"].tolist() == [0.1, 0.2]
    added.stop()
    layer.features = make_features(frame * 2)
    assert len(changes) == 1
