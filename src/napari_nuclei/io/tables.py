"""Tables of nuclei as text."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from typing import Any

from numpy.typing import NDArray


def encode_table(table: Mapping[str, NDArray[Any]]) -> bytes:
    """Return a table as the bytes of a CSV file."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(table)
    writer.writerows(table_rows(table))
    return text.getvalue().encode()


def table_rows(table: Mapping[str, NDArray[Any]]) -> Iterator[list[Any]]:
    """Yield the rows of a table as a CSV file shows them."""
    columns = [values.tolist() for values in table.values()]
    for row in zip(*columns, strict=True):
        yield [f"{v:.6g}" if isinstance(v, float) else v for v in row]
