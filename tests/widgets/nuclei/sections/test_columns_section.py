from __future__ import annotations

import pandas as pd

from napari_nuclei.widgets.nuclei.sections.columns_section import (
    numeric_columns,
    preferred,
)


def test_numbers_of_images_come_first_and_positions_are_left_out() -> None:
    table = pd.DataFrame(
        {
            "z": [0],
            "area": [3],
            "centroid_y": [1.0],
            "dapi_mean": [5.0],
            "touches_border": [True],
            "class": ["positive"],
        }
    )
    assert numeric_columns(table) == ["dapi_mean", "area"]


def test_a_column_is_preferred_by_its_ending() -> None:
    columns = ["area", "slide_mean", "slide_dab_mean"]
    assert preferred(columns, ["_dab_mean", "_mean"]) == "slide_dab_mean"
    assert preferred(columns, ["_nothing"]) == "area"
