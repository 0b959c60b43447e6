from __future__ import annotations

import numpy as np
import pandas as pd

from napari_nuclei.core.measure.regions import count_regions
from napari_nuclei.widgets.nuclei.sections.region_table import (
    MAX_ROWS_SHOWN,
    RegionTable,
    table_text,
)

TABLE = pd.DataFrame(
    {"centroid_y": [1.0, 1.0, 8.0], "centroid_x": [1.0, 2.0, 8.0], "a": [1.0, 4.0, 9.0]}
)
LEFT = {"left": np.array([(0, 0), (0, 4), (9, 4), (9, 0)])}


def test_shares_are_percent_with_their_interval() -> None:
    counts = count_regions(
        TABLE,
        LEFT,
        shape=(10, 10),
        pixel_size=100.0,
        positive=[True, False, False],
        medians=["a"],
    )
    titles, rows = table_text(counts)
    assert dict(zip(titles, rows[0], strict=True)) == {
        "Region": "left",
        "Nuclei": "2",
        "mm²": "0.5",
        "per mm²": "4",
        "Positive": "50.0 %",
        "95 %": "9.5 to 90.5",
        "Median a": "2.5",
    }
    assert rows[1][0] == "rest"


def test_without_a_pixel_size_areas_are_pixels_and_empty_regions_are_blank() -> None:
    counts = count_regions(TABLE[:0], LEFT, shape=(10, 10), positive=[])
    titles, rows = table_text(counts)
    assert rows[0] == ("left", "0", "50", "", "")
    assert titles[2] == "px²"


def test_many_regions_scroll(qtbot) -> None:
    table = RegionTable()
    qtbot.addWidget(table)
    counts = pd.DataFrame(
        {"nuclei": range(30), "area": range(30)}, index=[f"r{n}" for n in range(30)]
    )
    table.show_counts(counts)
    assert table.rowCount() == 30
    row = table.verticalHeader().defaultSectionSize()
    assert table.height() < (MAX_ROWS_SHOWN + 4) * row
    assert table.item(29, 0).text() == "r29"
