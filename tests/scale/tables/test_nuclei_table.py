from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from pyarrow import parquet

from napari_nuclei.core.segmenter import Segmenter
from napari_nuclei.scale.batch import segment_files
from napari_nuclei.scale.file_result import FileResult
from napari_nuclei.scale.tables.nuclei_table import check_table_path, concatenate_tables


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_one_table_holds_the_nuclei_of_all_files(
    tmp_path: Path, plate: Path, segmenter: Segmenter, suffix: str
) -> None:
    results = segment_files(
        [plate], tmp_path / "out", model=segmenter, formats=["labels", "csv"]
    )
    path = tmp_path / f"all{suffix}"
    concatenate_tables(results, path)
    if suffix == ".csv":
        with path.open(newline="") as file:
            rows = list(csv.DictReader(file))
    else:
        rows = parquet.read_table(path).to_pylist()
    assert len(rows) == 9
    assert {Path(row["file"]).name for row in rows} == {"a.png", "b.png", "c.tif"}
    assert [int(row["label"]) for row in rows[:3]] == [1, 2, 3]


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_columns_that_an_image_lacks_are_empty(tmp_path: Path, suffix: str) -> None:
    plane, movie = tmp_path / "a_nuclei.csv", tmp_path / "b_nuclei.csv"
    plane.write_text("label,area\n1,9.5\n2,nan\n")
    movie.write_text("label,z,area,depth\n1,0,8.0,2.5\n1,3,7.0,\n")
    results = [FileResult(x, written=(x,)) for x in (plane, movie)]
    path = tmp_path / f"all{suffix}"
    concatenate_tables(results, path)
    if suffix == ".csv":
        lines = [line.split(",")[1:] for line in path.read_text().splitlines()]
        assert lines[0] == ["label", "area", "z", "depth"]
        assert lines[1:3] == [["1", "9.5", "", ""], ["2", "nan", "", ""]]
        assert lines[3:] == [["1", "8.0", "0", "2.5"], ["1", "7.0", "3", ""]]
        return
    rows = parquet.read_table(path).to_pylist()
    assert [row["z"] for row in rows] == [None, None, 0, 3]
    assert [row["depth"] for row in rows] == [None, None, 2.5, None]
    assert [row["area"] for row in rows] == pytest.approx(
        [9.5, np.nan, 8, 7], nan_ok=True
    )


def test_an_error_leaves_the_earlier_table(
    tmp_path: Path,
    plate: Path,
    segmenter: Segmenter,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    results = segment_files(
        [plate], tmp_path / "out", model=segmenter, formats=["labels", "csv"]
    )
    path = tmp_path / "tables" / "all.csv"
    path.parent.mkdir()
    path.write_text("earlier")

    def full(path: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(
        "napari_nuclei.scale.tables.nuclei_table.open_table_writer", full
    )
    with pytest.raises(OSError, match=r"No space left on.*all\.csv"):
        concatenate_tables(results, path)
    assert path.read_text() == "earlier"
    assert list(path.parent.iterdir()) == [path]


def test_no_table_is_written_if_all_images_failed(tmp_path: Path) -> None:
    failed = [FileResult(Path("a.png"), reason="broken")]
    assert not concatenate_tables(failed, tmp_path / "all.csv")
    assert list(tmp_path.iterdir()) == []


def test_another_suffix_is_refused() -> None:
    with pytest.raises(ValueError, match=r"must end in \.csv or \.parquet; got a\.xls"):
        check_table_path(Path("a.xls"))
