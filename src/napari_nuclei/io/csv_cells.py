"""The text of CSV files: numbers to the last digit, and text in quotes.

Quotes mark text, a decimal point marks a float, and an empty cell a missing value, so
that a reader finds the types again.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

INTEGER_COLUMN = re.compile("label|plane|[a-z]|bbox_[zyx][01]|extent_z|column|.+_nan")
"""Names of integer columns. A CSV file without rows gives no other hint at the type."""

BOOLEAN_COLUMN = re.compile("touches_border")

PLAIN_TYPES = {
    "boolean": "bool",
    "Int64": "int64",
    "UInt64": "uint64",
    "Float64": "float64",
}
"""Types of numpy by those of pandas that can lack values."""

CSV_CELL = re.compile(r'("(?:[^"]|"")*"|[^,\r\n]*)(,|\r\n?|\n|\Z)')
CSV_INTEGER = re.compile(r"[+-]?\d+")


def is_text(values: pd.Series) -> bool:
    """Return whether a column holds text."""
    return values.dtype == object or values.dtype.kind not in "biuf"


def quote(text: str) -> str:
    """Return text as a quoted cell of CSV."""
    return '"' + text.replace('"', '""') + '"'


def csv_header(columns: pd.DataFrame) -> str:
    """Return the first line of a CSV file; the names of columns of text are quoted."""
    return (
        ",".join(
            quote(name) if is_text(values) or re.search(r'[",\r\n]', name) else name
            for name, values in columns.items()
        )
        + "\n"
    )


def csv_lines(columns: pd.DataFrame) -> Iterator[str]:
    """Yield the rows as lines of CSV."""
    cells = []
    for _, values in columns.items():
        show: Callable[[Any], str] = quote if is_text(values) else repr
        # A plain column of numbers has no missing values; its NaN is a number.
        plain = values.dtype.kind in "biuf" and isinstance(values.dtype, np.dtype)
        if plain:
            cells.append([repr(value) for value in values.tolist()])
        else:
            lacks = values.isna().tolist()
            cells.append(
                [
                    "" if lack else show(value)
                    for value, lack in zip(values.tolist(), lacks, strict=True)
                ]
            )
    for row in zip(*cells, strict=True):
        yield ",".join(row) + "\n"


SEPARATORS = {";": "semicolons", "\t": "tabs"}
"""Separators of cells that spreadsheets write, and their names."""


def decode_csv(text: str, name: str) -> pd.DataFrame:
    """Read a table from the text of a CSV file; `name` is for messages."""
    import pandas as pd

    text = text.removeprefix("\ufeff")
    header_end = text.find("\n") + 1
    header = text[:header_end]
    for separator in ";\t":
        if separator in header and not {",", '"'} & {*header}:
            raise ValueError(
                f"{name} separates cells by {SEPARATORS[separator]}. Save it with "
                "commas"
            )
    if '"' in text or len(text) == header_end or has_empty_cell(text):
        return pd.DataFrame(decode_cells(text, name))
    # pandas is faster, but cannot tell text from numbers, nor "nan" from nothing.
    options: dict[str, Any] = {}
    if tuple(map(int, pd.__version__.split(".")[:2])) < (3, 1):
        options["float_precision"] = "round_trip"  # the default later on
    try:
        table: pd.DataFrame = pd.read_csv(
            io.StringIO(text), low_memory=False, **options
        )
    except (pd.errors.ParserError, UnicodeError) as error:
        raise ValueError(
            f"{name} is not a table of text, or its rows differ in length"
        ) from error
    return table


def has_empty_cell(text: str) -> bool:
    """Return whether a cell or a line of CSV is empty.

    To search for one pattern after another is much faster than a regular expression,
    and other threads go on in between.
    """
    starts, ends = (",", "\n", "\r\n"), (",", ",\r")
    inside = (",,", "\n,", ",\n", ",\r\n", "\n\n", "\n\r\n")
    return (
        text.startswith(starts)
        or text.endswith(ends)
        or any(pattern in text for pattern in inside)
    )


def decode_cells(text: str, name: str) -> dict[str, Any]:
    """Return the columns of a CSV file by their names, each of its type."""
    rows: list[list[str]] = []
    row: list[str] = []
    for cell, end in CSV_CELL.findall(text):
        row.append(cell)
        if end != ",":
            rows.append(row)
            row = []
    if rows[-1] == [""]:  # after the last line's end
        rows.pop()
    if not rows:
        raise ValueError(f"{name} is empty; a table has a line with names of columns")
    header, *rows = rows
    if any(len(row) != len(header) for row in rows):
        raise ValueError(f"{name} is not a table: its rows differ in length")
    columns = zip(*rows, strict=True) if rows else [()] * len(header)
    return {
        unquote(title): decode_column(title, list(cells))
        for title, cells in zip(header, columns, strict=True)
    }


def unquote(cell: str) -> str:
    """Return the text of a cell of CSV."""
    return cell[1:-1].replace('""', '"') if cell.startswith('"') else cell


def decode_column(title: str, cells: list[str]) -> Any:
    """Return the values of a column of CSV; `title` is its name, as in the file."""
    import pandas as pd

    filled = [cell for cell in cells if cell]
    lacks = len(filled) < len(cells)
    if any(cell.startswith('"') for cell in filled) or (
        title.startswith('"') and not filled
    ):
        return text_column(cells)
    if not filled:
        kind = "Float64"
        if BOOLEAN_COLUMN.fullmatch(title):
            kind = "boolean"
        elif INTEGER_COLUMN.fullmatch(title):
            kind = "Int64"
        return pd.array([None] * len(cells), dtype=kind if lacks else PLAIN_TYPES[kind])
    values: list[Any]
    if set(filled) <= {"True", "False"}:
        kind, values = "boolean", [cell == "True" for cell in filled]
    elif all(map(CSV_INTEGER.fullmatch, filled)):
        values = [int(cell) for cell in filled]
        kind = "UInt64" if max(values) >= 1 << 63 else "Int64"
    else:
        try:
            kind, values = "Float64", [float(cell) for cell in filled]
        except ValueError:
            return text_column(cells)
    if not lacks:
        return np.array(values, PLAIN_TYPES[kind])
    remaining = iter(values)
    return pd.array([next(remaining) if cell else None for cell in cells], dtype=kind)


def text_column(cells: list[str]) -> Any:
    """Return a column of text; NaN stands for a missing one."""
    import pandas as pd

    texts = [unquote(cell) if cell else np.nan for cell in cells]
    return pd.Series(texts, dtype=pd.Series(["a"]).dtype)
