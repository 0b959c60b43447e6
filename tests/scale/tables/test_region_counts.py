from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from napari_nuclei.io.tables import read_table
from napari_nuclei.io.writers import find_writers
from napari_nuclei.scale.file_result import FileResult
from napari_nuclei.scale.tables.region_counts import concatenate_counts, encode_counts

COUNTS = pd.DataFrame({"nuclei": [3, 4]}, pd.Index(["left", "rest"], name="region"))


def test_counts_are_written_next_to_each_table_and_joined(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    labels, csv, parquet = find_writers(["labels", "csv", "parquet"])
    results = []
    for name in "ab":
        outputs = {
            tmp_path / f"{name}_labels.tif": labels,
            tmp_path / f"{name}_nuclei.csv": csv,
            tmp_path / f"{name}_nuclei.parquet": parquet,
        }
        contents = encode_counts(COUNTS, outputs)
        assert [path.name for path in contents] == [
            f"{name}_nuclei_regions.csv",
            f"{name}_nuclei_regions.parquet",
        ]
        for path, content in contents.items():
            path.write_bytes(content)
            pd.testing.assert_frame_equal(read_table(path), COUNTS.reset_index())
        results.append(FileResult(Path(f"{name}.tif"), written=tuple(contents)))
    path = tmp_path / "all.csv"
    assert concatenate_counts(results, path)
    found = read_table(path)
    assert found["file"].tolist() == ["a.tif", "a.tif", "b.tif", "b.tif"]
    assert found["nuclei"].tolist() == [3, 4, 3, 4]


def test_without_counts_nothing_is_written(tmp_path: Path) -> None:
    assert not concatenate_counts([FileResult(Path("a.tif"))], tmp_path / "all.csv")
    assert not list(tmp_path.iterdir())
