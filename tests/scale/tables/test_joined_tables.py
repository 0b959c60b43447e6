from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from napari_nuclei.io.tables import read_table, write_table
from napari_nuclei.scale.file_result import FileResult
from napari_nuclei.scale.tables.joined_tables import TablesOfRun

TABLE = pd.DataFrame({"area": [1.5]}, pd.Index([1], name="label"))


@pytest.fixture
def results(tmp_path: Path) -> list[FileResult]:
    found = []
    for name in "ab":
        path = tmp_path / f"{name}_nuclei.csv"
        write_table(TABLE, path)
        found.append(FileResult(Path(f"{name}.tif"), written=(path,)))
    return found


def test_several_images_get_one_table_in_their_folder(
    tmp_path: Path, results: list[FileResult]
) -> None:
    tables = TablesOfRun.plan(None, tmp_path, wanted=True)
    assert tables.write(results[:1]) == {}
    assert tables.write(results) == {"All nuclei": tmp_path / "nuclei.csv"}
    found = read_table(tmp_path / "nuclei.csv")
    assert found.index.tolist() == [("a.tif", 1), ("b.tif", 1)]
    again = TablesOfRun.plan(None, tmp_path, wanted=True)
    assert again.write(results)


@pytest.mark.parametrize("output", [None, Path("labels.tif")])
def test_no_table_is_written_without_a_folder(output: Path | None) -> None:
    assert TablesOfRun.plan(None, output, wanted=True).path is None
    assert TablesOfRun.plan(None, Path("out"), wanted=False).path is None


def test_a_named_table_is_written_for_a_single_image(
    tmp_path: Path, results: list[FileResult]
) -> None:
    path = tmp_path / "all.csv"
    assert TablesOfRun.plan(path, None, wanted=False).write(results[:1])
    assert path.exists()
    with pytest.raises(ValueError, match=r"must end in \.csv or \.parquet"):
        TablesOfRun.plan(tmp_path / "all.xlsx", None, wanted=False)


def test_another_file_of_that_name_is_not_replaced(tmp_path: Path) -> None:
    write_table(TABLE, tmp_path / "nuclei.csv")
    with pytest.raises(FileExistsError, match=r"is not a table of a run.*--all-nuclei"):
        TablesOfRun.plan(None, tmp_path, wanted=True)
