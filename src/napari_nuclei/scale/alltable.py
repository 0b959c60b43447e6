"""One table of the nuclei of all images, from the tables beside their labels."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from napari_nuclei.scale.batch import FileResult
from napari_nuclei.scale.labelstore import table_writer

WHOLE = ("label", "frame")
TRUTH = ("touches_border",)


def check_table(path: Path) -> None:
    """Raise ValueError unless a table can be of this name."""
    if path.suffix not in (".csv", ".parquet"):
        raise ValueError(f"a table must end in .csv or .parquet; got {path.name}")


def join_tables(results: Iterable[FileResult], path: Path) -> None:
    """Write one table of the nuclei of many files, one file in memory at a time.

    Parameters
    ----------
    results : iterable of FileResult
        Of a run that wrote a table for each file.
    path : Path
        A ``.csv`` or ``.parquet`` file; its first column names the image's file. A
        column that some images lack, such as the frame, is empty for them.
    """
    check_table(path)
    tables = [
        (result.path, written)
        for result in results
        for written in result.written
        if written.name.endswith("_nuclei.csv")
    ]
    names: dict[str, None] = {}
    for _, table in tables:
        with table.open(newline="", encoding="utf-8") as file:
            names |= dict.fromkeys(next(csv.reader(file), []))
    path.parent.mkdir(parents=True, exist_ok=True)
    with table_writer(path) as add_rows:
        for image, table in tables:
            rows = list(read_rows(table))
            columns: dict[str, Any] = {"file": np.full(len(rows), str(image), object)}
            for name in names:
                columns[name] = column(name, [row.get(name, "") for row in rows])
            add_rows(columns)


def read_rows(path: Path) -> Iterator[dict[str, str]]:
    """Yield the rows of a CSV file."""
    with path.open(newline="", encoding="utf-8") as file:
        yield from csv.DictReader(file)


def column(name: str, values: list[str]) -> Any:
    """Return a column of its type."""
    if name in TRUTH:
        return np.array([value == "True" for value in values], bool)
    if name in WHOLE:
        return np.array([int(value or 0) for value in values], np.int64)
    return np.array([float(value or "nan") for value in values], np.float64)
