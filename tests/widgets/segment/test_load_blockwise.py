"""Labels and tables of large images, read back from disk."""

from __future__ import annotations

import numpy as np
import pandas as pd
import zarr

from napari_nuclei.core.axes import make_layout
from napari_nuclei.io.tables import write_table
from napari_nuclei.widgets.segment.load_blockwise import (
    list_planes,
    read_joined_nuclei,
    read_levels,
    read_plane_results,
)


def test_levels_are_read_from_fine_to_coarse(rng, tmp_path) -> None:
    labels = rng.integers(0, 9, (64, 48)).astype(np.int32)
    levels = [labels[:: 2**n, :: 2**n] for n in range(11)]
    for number, level in enumerate(levels):
        zarr.save_array(tmp_path / str(number), level)
    (tmp_path / "zarr.json").write_text("{}")
    read = read_levels(tmp_path)
    assert [level.shape for level in read] == [level.shape for level in levels]
    np.testing.assert_array_equal(read[1], levels[1])


def test_the_rows_of_a_table_are_split_by_plane(tmp_path) -> None:
    table = pd.DataFrame({"z": [0, 0, 2], "area": [5.5, 6.5, 7.5]}, index=[1, 2, 3])
    table.index.name = "label"
    write_table(table, tmp_path / "nuclei.csv")
    layout = make_layout((3, 8, 8), "ZYX")
    planes = read_plane_results(tmp_path / "nuclei.csv", layout)
    assert [plane.plane_index for plane in planes] == [(0,), (1,), (2,)]
    assert [plane.nuclei for plane in planes] == [2, 0, 1]
    assert planes[2].table["area"].tolist() == [7.5]
    assert all(plane.maps is None for plane in planes)


def test_joined_nuclei_have_one_table_for_all_planes(tmp_path) -> None:
    table = pd.DataFrame({"volume": [50.0, 60.0]}, index=[1, 2])
    table.index.name = "label"
    write_table(table, tmp_path / "nuclei.csv")
    joined = read_joined_nuclei(tmp_path / "nuclei.csv")
    assert joined.table["volume"].to_dict() == {1: 50.0, 2: 60.0}
    planes = list_planes(make_layout((3, 8, 8), "ZYX"))
    assert [plane.plane_index for plane in planes] == [(0,), (1,), (2,)]
    assert sum(plane.nuclei for plane in planes) == 0
