from __future__ import annotations

import numpy as np

from napari_nuclei.io.outlines.object_table import make_object_table
from napari_nuclei.io.outlines.outlined_object import OutlinedObject


def make(class_name=None, texts=None, **numbers) -> OutlinedObject:
    return OutlinedObject((), None, class_name, None, numbers, texts or {})


def test_columns_have_types_and_missing_values() -> None:
    rows = [
        (2, (), make("a", area=3, mean=0.5, touches_border=1)),
        (1, (), make(None, {"who": "x"}, area=4, touches_border=0)),
    ]
    table = make_object_table(rows, "")
    assert list(table.index) == [1, 2]
    kinds = {name: values.dtype.kind for name, values in table.items()}
    assert (kinds["area"], kinds["mean"], kinds["touches_border"]) == ("i", "f", "b")
    assert np.isnan(table.loc[1, "mean"])
    assert table["class"].isna().tolist() == [True, False]
    assert table["who"].isna().tolist() == [False, True]
    assert "class" not in make_object_table(rows, "", classified=False)


def test_labels_with_equal_values_in_several_planes_are_one_nucleus() -> None:
    rows = [(5, (z,), make("a", volume=12)) for z in range(3)]
    table = make_object_table([*rows, (6, (1,), make("b", volume=2))], "z")
    assert list(table.index) == [5, 6]
    assert list(table) == ["volume", "class"]


def test_labels_with_other_values_in_each_plane_are_separate_rows() -> None:
    rows = [(1, (z,), make(area=z)) for z in (1, 0)]
    table = make_object_table(rows, "z")
    assert table.reset_index().to_numpy().tolist() == [[1, 0, 0], [1, 1, 1]]
