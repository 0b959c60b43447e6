"""Tables of nuclei as files: CSV and parquet."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_nuclei.config.keywords import suggests_keywords
from napari_nuclei.io.atomic import atomic_replace
from napari_nuclei.io.csv_cells import csv_header, csv_lines, decode_csv
from napari_nuclei.io.optional_packages import import_extra

if TYPE_CHECKING:
    import pandas as pd

TABLE_SUFFIXES = (".csv", ".parquet")

INDEX_COLUMNS = ("file", "label")
"""Names of leading columns of a file that become the index of the table."""

AddRows = Callable[["pd.DataFrame"], None]


@suggests_keywords
def write_table(table: pd.DataFrame, path: str | Path) -> None:
    """Write a table of nuclei to a file.

    `read_table` gives back the same table: values to the last digit, types and index.

    Parameters
    ----------
    table : DataFrame
        Columns of int64, uint64, float64, bool or text, or of pandas' Int64, Float64
        and boolean, which can lack values. Its index is `label`, (`file`, `label`) or
        the default one, which is not written. The index `region` of `count_regions` is
        read back as a column.
    path : path-like
        A ``.csv`` or ``.parquet`` file. It is replaced if it exists. CSV: numbers have
        all their digits, text and the names of columns of text are in quotes, and the
        cell of a missing value is empty.

    Raises
    ------
    ModuleNotFoundError
        If a ``.parquet`` file needs pyarrow, which is not installed.
    OSError
        If the file cannot be written.
    ValueError
        If `path` ends otherwise.

    Examples
    --------
    >>> import tempfile
    >>> import pandas as pd
    >>> table = pd.DataFrame({"area": [0.1 + 0.2]}, index=pd.Index([1], name="label"))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_table(table, f"{folder}/nuclei.csv")
    ...     print(Path(folder, "nuclei.csv").read_text(), end="")
    label,area
    1,0.30000000000000004
    """
    path = check_table_suffix(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with (
        atomic_replace(path, path.suffix) as partial,
        open_table_writer(partial) as add_rows,
    ):
        add_rows(table)


@suggests_keywords
def read_table(path: str | Path) -> pd.DataFrame:
    """Read a table of nuclei from a file.

    Parameters
    ----------
    path : path-like
        A ``.csv`` or ``.parquet`` file.

    Returns
    -------
    DataFrame
        Its index is `label`, or `file` and `label`, if the file begins with these
        columns. In a column with empty cells integers, floats and booleans have
        pandas' types that can lack values.

    Raises
    ------
    ModuleNotFoundError
        If a ``.parquet`` file needs pyarrow, which is not installed.
    OSError
        If the file cannot be read.
    ValueError
        If `path` ends otherwise, or the rows of a CSV file differ in length.

    Examples
    --------
    >>> import tempfile
    >>> import pandas as pd
    >>> table = pd.DataFrame({"area": [7.5]}, index=pd.Index([1], name="label"))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_table(table, f"{folder}/nuclei.csv")
    ...     read_table(f"{folder}/nuclei.csv")["area"].to_dict()
    {1: 7.5}
    """
    path = check_table_suffix(path)
    if not path.is_file():
        raise FileNotFoundError(f"{path}: there is no such file")
    if path.suffix.lower() == ".parquet":
        parquet = import_extra("pyarrow.parquet")
        try:
            return restore_index(parquet.read_table(path).to_pandas())
        except ValueError as error:  # of pyarrow
            raise ValueError(
                f"{path.name} is damaged, or not a parquet file"
            ) from error
    with path.open(encoding="utf-8", errors="surrogateescape", newline="") as file:
        return restore_index(decode_csv(file.read(), path.name))


def check_table_suffix(path: str | Path) -> Path:
    """Return a path; raise ValueError unless it ends like a table."""
    path = Path(path).expanduser()
    if path.suffix.lower() not in TABLE_SUFFIXES:
        raise ValueError(f"A table must end in .csv or .parquet; got {path.name}")
    return path


def encode_csv(table: pd.DataFrame) -> bytes:
    """Return a table as the bytes of a CSV file, as `write_table` writes it."""
    columns = flatten_index(table)
    return "".join([csv_header(columns), *csv_lines(columns)]).encode(
        errors="surrogateescape"
    )


def encode_parquet(table: pd.DataFrame) -> bytes:
    """Return a table as the bytes of a parquet file, as `write_table` writes it."""
    file = io.BytesIO()
    import_extra("pyarrow.parquet").write_table(arrow_table(table), file)
    return file.getvalue()


@contextmanager
def open_table_writer(path: Path | None) -> Iterator[AddRows]:
    """Yield a function that adds rows to a table on disk, so that memory stays small.

    Parameters
    ----------
    path : Path, optional
        A ``.csv`` or ``.parquet`` file; None writes nothing.

    Yields
    ------
    callable
        Takes a DataFrame, as `write_table` does. All have the same columns.
    """
    if path is None:
        yield lambda table: None
        return
    opened = open_parquet if path.suffix.lower() == ".parquet" else open_csv
    with opened(path) as add_rows:
        yield add_rows


@contextmanager
def open_csv(path: Path) -> Iterator[AddRows]:
    """Yield a function that adds rows to a CSV file."""
    with path.open("w", newline="", encoding="utf-8", errors="surrogateescape") as file:
        header = ""

        def add(table: pd.DataFrame) -> None:
            nonlocal header
            columns = flatten_index(table)
            if not header:
                header = csv_header(columns)
                file.write(header)
            elif header != csv_header(columns):
                raise ValueError(f"Rows with other columns than before: {[*columns]}")
            file.writelines(csv_lines(columns))

        yield add


@contextmanager
def open_parquet(path: Path) -> Iterator[AddRows]:
    """Yield a function that adds rows to a parquet file."""
    parquet = import_extra("pyarrow.parquet")
    writer: Any = None
    try:

        def add(table: pd.DataFrame) -> None:
            nonlocal writer
            rows = arrow_table(table)
            if writer is None:
                writer = parquet.ParquetWriter(path, rows.schema)
            writer.write_table(rows)

        yield add
    finally:
        if writer is not None:
            writer.close()


def arrow_table(table: pd.DataFrame) -> Any:
    """Return a table as pyarrow has it."""
    arrow = import_extra("pyarrow")
    columns = flatten_index(table)
    # pyarrow makes NaN a missing value, unless it is given the plain array.
    arrays = [
        arrow.array(values.to_numpy() if values.dtype == float else values)
        for _, values in columns.items()
    ]
    schema = arrow.Schema.from_pandas(columns, preserve_index=False)
    return arrow.Table.from_arrays(arrays, schema=schema)


def flatten_index(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table with its index as leading columns.

    Raises
    ------
    ValueError
        If a file could not hold the index or the names of the columns.
    """
    names = list(table.index.names)
    if names == [None]:
        if not np.array_equal(table.index, np.arange(len(table))):
            raise ValueError("The index of a table must be label or the default one")
        flat = table
    elif names in (["label"], [*INDEX_COLUMNS], ["region"]):
        flat = table.reset_index()
    else:
        raise ValueError(f"The index of a table must be label; got {names}")
    if not flat.columns.is_unique or not all(isinstance(n, str) for n in flat.columns):
        raise ValueError(f"Columns must have names, each its own; got {[*flat]}")
    return flat


def restore_index(flat: pd.DataFrame) -> pd.DataFrame:
    """Return a table whose leading columns `file` and `label` are its index."""
    names = [*flat.columns]
    for index in ([*INDEX_COLUMNS], ["label"]):
        if names[: len(index)] == index:
            return flat.set_index(index if len(index) > 1 else index[0])
    return flat
