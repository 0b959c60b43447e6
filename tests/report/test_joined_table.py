from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from napari_nuclei.io.tables import write_table
from napari_nuclei.report import joined_table
from napari_nuclei.report.joined_table import (
    find_image,
    find_joined_table,
    index_images,
    read_joined_table,
)
from napari_nuclei.report.report_results import ReportImage

TABLE = pd.DataFrame(
    {"area": [1, 2, 3, 4, 5, 6], "centroid_y": 0.5},
    index=pd.MultiIndex.from_tuples(
        [("a", 1), ("a", 2), ("b", 1), ("c", 1), ("c", 2), ("c", 3)],
        names=["file", "label"],
    ),
)


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
@pytest.mark.parametrize("rows", [1, 2, 4, 100])
def test_each_image_has_its_nuclei_whatever_the_size_of_the_parts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str, rows: int
) -> None:
    monkeypatch.setattr(joined_table, "CHUNK_ROWS", rows)
    path = tmp_path / f"nuclei.{suffix}"
    write_table(TABLE, path)
    assert find_joined_table(tmp_path) == path
    found = [(file, table["area"].tolist()) for file, table in read_joined_table(path)]
    assert found == [("a", [1, 2]), ("b", [3]), ("c", [4, 5, 6])]
    assert [*next(iter(read_joined_table(path)))[1]] == ["area"]


def test_another_table_is_refused(tmp_path: Path) -> None:
    for name, content in (("a.csv", b"label,area\n1,2\n"), ("b.csv", b"")):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(ValueError, match="has no column file"):
            list(read_joined_table(tmp_path / name))
    assert find_joined_table(tmp_path, "plate") is None


def test_fields_are_found_by_their_path_in_the_plate() -> None:
    images = index_images([ReportImage("A/1/0", "A/1/0"), ReportImage("x/a.tif", "a")])
    for file in ("A/1/0", "/data/p.zarr/A/1/0", "D:\\p.zarr\\A\\1\\0"):
        found = find_image(file, images)
        assert found is not None and found.file == "A/1/0"
    assert find_image("y/b.tif", images) is None
