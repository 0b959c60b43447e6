"""One table of the nuclei of all images, from the tables beside their labels."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.io.atomic import atomic_replace, prepare_folder
from napari_nuclei.io.lazy_images import import_extra
from napari_nuclei.io.ome_zarr_labels import open_table_writer
from napari_nuclei.scale.batch import FileResult

INTEGER_COLUMNS = ("label", "frame")
BOOLEAN_COLUMNS = ("touches_border",)


def check_table_path(path: Path) -> None:
    """Raise ValueError or OSError unless a table can be written to this place."""
    if path.suffix not in (".csv", ".parquet"):
        raise ValueError(f"a table must end in .csv or .parquet; got {path.name}")
    if path.is_dir():
        raise IsADirectoryError(f"{path} is a folder; name a file for the table")
    if path.suffix == ".parquet":
        import_extra("pyarrow")
    prepare_folder(path.parent)


def concatenate_tables(results: Iterable[FileResult], path: Path) -> bool:
    """Write one table of the nuclei of many files, one file in memory at a time.

    Parameters
    ----------
    results : iterable of FileResult
        Of a run that wrote a table for each file.
    path : Path
        A ``.csv`` or ``.parquet`` file; its first column names the image's file. A
        column that some images lack, such as the frame, is empty for them.

    Returns
    -------
    bool
        Whether there was a table to write; the file is whole or not there.
    """
    check_table_path(path)
    tables = [
        (result.path, written)
        for result in results
        for written in result.written
        if written.name.endswith("_nuclei.csv")
    ]
    if not tables:
        return False
    names: dict[str, None] = {}
    for _, table in tables:
        with table.open(newline="", encoding="utf-8") as file:
            names |= dict.fromkeys(next(csv.reader(file), []))
    partly = atomic_replace(path, path.suffix)
    with partly as partial, open_table_writer(partial) as add_rows:
        for image, table in tables:
            rows = list(read_csv_rows(table))
            columns: dict[str, Any] = {"file": np.full(len(rows), str(image), object)}
            for name in names:
                columns[name] = parse_column(name, [row.get(name, "") for row in rows])
            add_rows(columns)
    return True


def read_csv_rows(path: Path) -> Iterator[dict[str, str]]:
    """Yield the rows of a CSV file."""
    with path.open(newline="", encoding="utf-8") as file:
        yield from csv.DictReader(file)


def parse_column(name: str, values: list[str]) -> NDArray[Any]:
    """Return a column of its type, masked where a value is missing.

    A CSV file has nothing there, and parquet a null.
    """
    read: NDArray[Any]
    if name in BOOLEAN_COLUMNS:
        read = np.array([value == "True" for value in values], bool)
    elif name in INTEGER_COLUMNS:
        read = np.array([int(value or 0) for value in values], np.int64)
    else:
        read = np.array([float(value or 0) for value in values], np.float64)
    return np.ma.MaskedArray(read, [not value for value in values])
