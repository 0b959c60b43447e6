"""Join the tables of the nuclei of many images."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from napari_nuclei.io.atomic import atomic_replace, prepare_folder
from napari_nuclei.io.optional_packages import import_extra
from napari_nuclei.io.tables import (
    TABLE_SUFFIXES,
    check_table_suffix,
    open_table_writer,
    read_table,
)
from napari_nuclei.scale.file_result import FileResult

TABLE_ENDINGS = tuple(f"_nuclei{suffix}" for suffix in TABLE_SUFFIXES)

MISSING_TYPES = {
    "int64": "Int64",
    "uint64": "UInt64",
    "float64": "Float64",
    "bool": "boolean",
}
"""Nullable types, for columns that some images do not have."""


def check_table_path(path: Path) -> None:
    """Raise ValueError or OSError if a table cannot be written to a path."""
    check_table_suffix(path)
    if path.is_dir():
        raise IsADirectoryError(f"{path} is a folder. Name a file for the table")
    if path.suffix.lower() == ".parquet":
        import_extra("pyarrow")
    prepare_folder(path.parent)


def concatenate_tables(results: Iterable[FileResult], path: Path) -> bool:
    """Write one table of the nuclei of many images, with one table in memory at a time.

    Parameters
    ----------
    results : iterable of FileResult
        Results of `segment_files` with the format csv or parquet.
    path : Path
        A ``.csv`` or ``.parquet`` file. Its index is `file`, the path of the image, and
        `label`. The cells of a column that an image does not have are empty.

    Returns
    -------
    bool
        Whether there was a table to write.
    """
    import pandas as pd

    check_table_path(path)
    tables = []
    for result in results:
        written = [p for p in result.written if p.name.endswith(TABLE_ENDINGS)]
        if written:  # CSV and parquet hold the same table
            tables.append((result.path, written[0]))
    if not tables:
        return False
    # The tables are read twice: first for the types of all columns, then for the rows.
    heads: dict[Any, list[pd.Series]] = {}
    for _, source in tables:
        for name, values in read_table(source).items():
            heads.setdefault(name, []).append(values.iloc[:0])
    types = {name: pd.concat(parts).dtype for name, parts in heads.items()}
    for name, parts in heads.items():
        if len(parts) < len(tables):
            types[name] = MISSING_TYPES.get(types[name].name, types[name])
    partly = atomic_replace(path, path.suffix)
    with partly as partial, open_table_writer(partial) as add_rows:
        for image, source in tables:
            table = read_table(source).reindex(columns=[*types]).astype(types)
            add_rows(pd.concat({str(image): table}, names=["file"]))
    return True
