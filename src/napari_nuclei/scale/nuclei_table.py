"""One table of the nuclei of all images, from the tables beside their labels."""

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
from napari_nuclei.scale.batch import FileResult

TABLE_ENDINGS = tuple(f"_nuclei{suffix}" for suffix in TABLE_SUFFIXES)

MISSING_TYPES = {
    "int64": "Int64",
    "uint64": "UInt64",
    "float64": "Float64",
    "bool": "boolean",
}
"""Types of columns that some images lack."""


def check_table_path(path: Path) -> None:
    """Raise ValueError or OSError unless a table can be written to this place."""
    check_table_suffix(path)
    if path.is_dir():
        raise IsADirectoryError(f"{path} is a folder; name a file for the table")
    if path.suffix.lower() == ".parquet":
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
    import pandas as pd

    check_table_path(path)
    tables = []
    for result in results:
        written = [p for p in result.written if p.name.endswith(TABLE_ENDINGS)]
        if written:  # if there are two, they are the same
            tables.append((result.path, written[0]))
    if not tables:
        return False
    # Once for the types of all columns, and once more for the rows.
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
