"""Files of the number of nuclei in each region."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from napari_nuclei.io.tables import (
    TABLE_SUFFIXES,
    encode_csv,
    encode_parquet,
    read_table,
    write_table,
)
from napari_nuclei.scale.output_paths import TABLE_FORMATS, OutputPaths

if TYPE_CHECKING:
    import pandas as pd

    from napari_nuclei.scale.file_result import FileResult

ENDING = "_regions"
"""End of the stem of a file of counts, after that of its table."""


def regions_path(table: Path) -> Path:
    """Return the path of the counts by region that belong to a table.

    Examples
    --------
    >>> regions_path(Path("cells_nuclei.csv")).name
    'cells_nuclei_regions.csv'
    """
    return table.with_name(f"{table.stem}{ENDING}{table.suffix}")


def encode_counts(counts: pd.DataFrame, outputs: OutputPaths) -> dict[Path, bytes]:
    """Return files of counts by region, by path: one next to each table.

    Parameters
    ----------
    counts : DataFrame
        As from `count_regions`.
    outputs : dict of Path to Writer
        The files that are written for an image.
    """
    table = counts.reset_index()
    return {
        regions_path(path): encode_csv(table)
        if writer.name == "csv"
        else encode_parquet(table)
        for path, writer in outputs.items()
        if writer.name in TABLE_FORMATS
    }


def concatenate_counts(results: Iterable[FileResult], path: Path) -> bool:
    """Write one file of the counts by region of many images, with the column `file`.

    Parameters
    ----------
    results : iterable of FileResult
    path : Path
        A ``.csv`` or ``.parquet`` file.

    Returns
    -------
    bool
        Whether there were counts to write.
    """
    import pandas as pd

    endings = tuple(f"{ENDING}{suffix}" for suffix in TABLE_SUFFIXES)
    tables = []
    for result in results:
        written = [file for file in result.written if file.name.endswith(endings)]
        if written:  # CSV and parquet hold the same table
            counts = read_table(written[0])
            counts.insert(0, "file", str(result.path))
            tables.append(counts)
    if tables:
        write_table(pd.concat(tables, ignore_index=True), path)
    return bool(tables)
