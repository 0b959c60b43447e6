from __future__ import annotations

import numpy as np
import pytest

from napari_nuclei.core.measure.columns import (
    MAX_COLUMNS,
    SHAPE,
    VOLUME_SHAPE,
    join_columns,
    select_columns,
    shift_origin,
    to_dataframe,
)
from napari_nuclei.core.measure.nuclei import measure


def test_the_names_of_shapes_are_those_of_the_table() -> None:
    labels = np.zeros((6, 9, 9), int)
    labels[1:4, 2:5, 2:7] = 1
    assert list(measure(labels[2])) == [*SHAPE, "touches_border"]
    assert list(measure(labels, axes="ZYX")) == [*VOLUME_SHAPE, "touches_border"]


def test_a_misspelt_property_gets_the_nearest_name() -> None:
    with pytest.raises(ValueError, match="Did you mean 'circularity'"):
        select_columns(["area", "circularity"], ["circularty"])


def test_statistics_stand_for_the_columns_of_all_images() -> None:
    columns = ["area", "a_mean", "a_sum", "b_ring_mean"]
    assert select_columns(columns, ["mean"]) == ["a_mean", "b_ring_mean"]
    assert select_columns(columns, None) == columns


def test_too_many_columns_are_refused_in_one_line() -> None:
    columns = {f"c{n}": np.zeros(1) for n in range(MAX_COLUMNS + 1)}
    with pytest.raises(ValueError, match=r"101 columns; at most 100 .* Measure fewer"):
        to_dataframe({"label": np.ones(1, int), **columns})


def test_positions_in_a_window_become_those_of_the_plane() -> None:
    labels = np.zeros((20, 30), int)
    labels[12:15, 20:26] = 3
    window = measure(labels[10:, 15:]).reset_index()
    columns = {name: values.to_numpy() for name, values in window.items()}
    shifted = shift_origin(columns, (10, 15))
    whole = measure(labels).reset_index()
    for name in ("centroid_y", "centroid_x", "bbox_y0", "bbox_x1", "area"):
        np.testing.assert_array_equal(shifted[name], whole[name])


def test_a_column_that_one_part_lacks_is_0_there() -> None:
    first = {"label": np.array([1, 2])}
    second = {"label": np.array([3]), "a_nan": np.array([4])}
    assert join_columns([first, second])["a_nan"].tolist() == [0, 0, 4]
