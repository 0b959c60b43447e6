"""One table of the nuclei of all images, read image by image."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from napari_nuclei.core.errors import format_error
from napari_nuclei.core.measure.counts import counted
from napari_nuclei.io.optional_packages import import_extra
from napari_nuclei.io.tables import TABLE_SUFFIXES
from napari_nuclei.io.writers import table_stem
from napari_nuclei.report.nuclei_values import is_shown
from napari_nuclei.report.report_results import ReportImage, Results

if TYPE_CHECKING:
    import pandas as pd

FILE_COLUMN = "file"

CHUNK_ROWS = 100_000
"""Number of rows that are in memory at the same time."""


def find_joined_table(folder: Path, stem: str = "") -> Path | None:
    """Return the table of all nuclei in a folder; None if there is none.

    Parameters
    ----------
    folder : Path
    stem : str
        Name of the plate; empty for the images of a folder.
    """
    name = table_stem(stem)
    paths = (folder / f"{name}{suffix}" for suffix in TABLE_SUFFIXES)
    return next((path for path in paths if path.is_file()), None)


def add_joined_table(
    results: Results, add: Callable[[ReportImage, pd.DataFrame], object]
) -> None:
    """Add the nuclei of the table of all images; remark what fits no image.

    Parameters
    ----------
    results : Results
        With a table. Remarks are added if it cannot be read, or has other images.
    add : callable
        Called with each image and its nuclei.
    """
    assert results.table is not None
    by_file, unknown = index_images(results.images), dict[str, None]()
    try:
        for file, table in read_joined_table(results.table):
            image = find_image(file, by_file)
            if image is None:
                unknown[file] = None
            else:
                add(image, table)
    except Exception as error:  # pandas raises almost anything for a damaged table
        results.remarks.append(
            f"{results.table} could not be read, so that values of nuclei are missing "
            f"({format_error(error)})"
        )
    if unknown:
        shown = ", ".join([*unknown][:3]) + (" ..." if len(unknown) > 3 else "")
        results.remarks.append(
            f"{results.table.name} has nuclei of {counted(len(unknown), 'image')} not "
            f"among the results: {shown}"
        )


def read_joined_table(path: Path) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield each image with its nuclei, as far as they follow each other in the table.

    Parameters
    ----------
    path : Path
        A ``.csv`` or ``.parquet`` file with the column `file`.

    Yields
    ------
    file : str
        Path of the image.
    table : DataFrame
        Its nuclei, as of `read_nuclei`.

    Raises
    ------
    OSError
        If the table cannot be read.
    ValueError
        If it has no column `file`.
    """
    import pandas as pd

    left: pd.DataFrame | None = None
    for chunk in read_chunks(path):
        rows = chunk if left is None else pd.concat([left, chunk], ignore_index=True)
        changes = rows[FILE_COLUMN].ne(rows[FILE_COLUMN].shift())
        starts = [*changes.to_numpy().nonzero()[0].tolist(), len(rows)]
        for start, end in pairwise(starts[:-1]):
            yield split_file(rows.iloc[start:end])
        left = rows.iloc[starts[-2] :]  # its image may go on in the next chunk
    if left is not None and len(left):
        yield split_file(left)


def split_file(rows: pd.DataFrame) -> tuple[str, pd.DataFrame]:
    """Return the image of rows, and its nuclei."""
    return str(rows[FILE_COLUMN].iloc[0]), rows.drop(columns=FILE_COLUMN)


def read_chunks(path: Path) -> Iterator[pd.DataFrame]:
    """Yield parts of a table, none of them empty."""
    import pandas as pd

    def is_read(name: Any) -> bool:
        return name == FILE_COLUMN or is_shown(str(name))

    if path.suffix.lower() == ".parquet":
        parquet = import_extra("pyarrow.parquet")
        with parquet.ParquetFile(path) as file:
            names = [name for name in file.schema_arrow.names if is_read(name)]
            check_columns(path, names)
            for batch in file.iter_batches(CHUNK_ROWS, columns=names):
                if batch.num_rows:
                    yield batch.to_pandas()
        return
    options: dict[str, Any] = {"encoding_errors": "surrogateescape"}
    try:
        head = pd.read_csv(path, nrows=0, **options)
    except pd.errors.EmptyDataError:
        head = pd.DataFrame()
    check_columns(path, list(head.columns))
    with pd.read_csv(path, usecols=is_read, chunksize=CHUNK_ROWS, **options) as parts:
        for part in parts:
            if len(part):
                yield part


def check_columns(path: Path, names: list[str]) -> None:
    """Raise ValueError unless a table states the image of each nucleus."""
    if FILE_COLUMN not in names:
        raise ValueError(
            f"{path} has no column {FILE_COLUMN}. Name a table of all images, as "
            "segment --table writes it"
        )


def index_images(images: list[ReportImage]) -> dict[str, ReportImage]:
    """Return images by their path, with slashes on every system."""
    return {image.file.replace("\\", "/"): image for image in images}


def find_image(file: str, images: dict[str, ReportImage]) -> ReportImage | None:
    """Return the image of a table's row; None if there is none.

    A field of a plate is named by its path in the plate; the table states the path of
    the plate too.
    """
    parts = file.replace("\\", "/").split("/")
    for start in range(len(parts)):
        if found := images.get("/".join(parts[start:])):
            return found
    return None
