from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from napari_nuclei.io.tables import write_table
from napari_nuclei.report.nuclei_values import (
    measurements_of,
    read_nuclei,
    summarize_table,
)

TABLE = pd.DataFrame(
    {
        "area": [10, 20, 40],
        "area_um2": [1.0, 2.0, 4.0],
        "centroid_y": [5.0, 6.0, 7.0],
        "ki67_mean": [0.5, float("nan"), 1.5],
        "touches_border": [True, False, False],
        "class": ["positive", "negative", "positive"],
    },
    index=pd.Index([1, 2, 3], name="label"),
)
VALUES = {
    "median area_um2": 2.0,
    "median ki67_mean": 1.0,
    "share touches_border": pytest.approx(1 / 3),
    "share positive": pytest.approx(2 / 3),
}


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_values_are_medians_and_shares(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a_nuclei.{suffix}"
    write_table(TABLE, path)
    table = read_nuclei(path)
    assert summarize_table(table) == VALUES
    assert [*measurements_of(table)] == ["area_um2", "ki67_mean"]


def test_a_table_without_rows_has_no_values(tmp_path: Path) -> None:
    write_table(TABLE.iloc[:0], tmp_path / "a.csv")
    assert summarize_table(read_nuclei(tmp_path / "a.csv")) == {}
    (tmp_path / "b.csv").write_bytes(b"")
    assert summarize_table(read_nuclei(tmp_path / "b.csv")) == {}


def test_each_class_has_its_share_unless_there_are_many() -> None:
    table = pd.DataFrame({"class": ["1+", "2+", None, "2+"]})
    values = summarize_table(table)
    assert values == {
        "share 1+": pytest.approx(1 / 3),
        "share 2+": pytest.approx(2 / 3),
    }
    assert summarize_table(pd.DataFrame({"class": list("abcdefghij")})) == {}
    assert summarize_table(pd.DataFrame({"class": ["negative"]})) == {
        "share positive": 0.0
    }
