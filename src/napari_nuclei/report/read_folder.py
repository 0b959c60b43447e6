"""Read the results of a folder for a report, from this and earlier versions."""

from __future__ import annotations

import csv
import io
import math
import os
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from napari_nuclei.io.writers import find_writers
from napari_nuclei.report.joined_table import find_joined_table
from napari_nuclei.report.report_results import DONE, FAILED, ReportImage, Results
from napari_nuclei.report.wells import choose_plate, find_wells, format_well
from napari_nuclei.scale.records.manifest import MANIFEST_NAME
from napari_nuclei.scale.records.manifest_rows import (
    MANIFEST_COLUMNS,
    NAME_SEPARATOR,
    NOTE_SEPARATOR,
    decode_name,
)
from napari_nuclei.scale.records.run_record import read_run_record
from napari_nuclei.scale.tables.nuclei_table import TABLE_ENDINGS

LABEL_FORMATS = ("labels", "png", "geojson", "rois")
"""Formats that hold the nuclei of an image, the quickest first."""

REQUIRED_COLUMNS = ("file", "status", "nuclei")

COUNT = re.compile(r"[0-9]{1,15}")
"""A number of nuclei."""

NOT_VALUES = {"run", "written", "row", "column", "field", "well"}
"""Columns of the manifest that are not measurements."""


def read_folder(folder: Path) -> Results:
    """Read the results of a folder that `segment_files` has written.

    Parameters
    ----------
    folder : Path

    Raises
    ------
    OSError
        If there is no manifest, or it cannot be read.
    ValueError
        If the file of this name is not a manifest, or lists no image.
    """
    path = folder / MANIFEST_NAME
    if not path.is_file():
        raise FileNotFoundError(
            f"{folder} has no {MANIFEST_NAME}. Name the folder of results (-o) of a "
            "run with several images, or a plate that was segmented"
        )
    rows = read_rows(path)
    if not rows:
        raise ValueError(f"{path} lists no image. Segment images into its folder")
    record = read_run_record(folder)
    images = [make_image(row, folder, record) for row in rows]
    if not any(image.well for image in images):
        wells = find_wells([file_name(image.file) for image in images])
        for image, well in zip(images, wells, strict=True):
            image.well = well
    add_folders_to_equal_names(images)
    table = None
    if not any(image.tables for image in images):
        table = find_joined_table(folder)
    missing = sum(image.image is None for image in images if not image.failed)
    results = Results(folder, images, record, choose_plate(images), table)
    if missing:
        results.remarks.append(
            f"{missing} of {len(images)} images were not found, so that their pictures "
            "show the labels alone. Run the report where the images are"
        )
    return results


def read_rows(path: Path) -> list[dict[str, str]]:
    """Return the last row of each file in a manifest, in the order of the files.

    Columns that this version does not know are returned too. A row that a killed run
    has cut short is left out.

    Raises
    ------
    OSError
        If the manifest cannot be read.
    ValueError
        If it is not a manifest.
    """
    text = path.read_bytes().decode("utf-8-sig", "surrogateescape")
    reader = csv.reader(io.StringIO(text, newline=""))
    rows: dict[str, dict[str, str]] = {}
    try:
        header = next(reader, [])
        if not {*REQUIRED_COLUMNS} <= {*header}:
            raise ValueError("columns are missing")
        # Rows that a newer version appends have more columns than an older header.
        if header == list(MANIFEST_COLUMNS[: len(header)]):
            header = list(MANIFEST_COLUMNS)
        for cells in reader:
            row = dict(zip(header, cells, strict=False))
            if row.get("status") in (DONE, FAILED) and COUNT.fullmatch(row["nuclei"]):
                rows[row["file"]] = row
    except (ValueError, csv.Error):
        raise ValueError(
            f"{path} is not a table of results. Name the folder of a run"
        ) from None
    return list(rows.values())


def make_image(
    row: Mapping[str, str], folder: Path, record: Mapping[str, Any]
) -> ReportImage:
    """Return an image of a report from its row in the manifest."""
    file = decode_name(row["file"])
    failed = row["status"] == FAILED
    written = decode_name(row.get("written", "")).split(NAME_SEPARATOR)
    outputs = [path for name in written if name and (path := folder / name).exists()]
    values = {} if failed else {"nuclei": float(row["nuclei"])}
    for name, cell in row.items():
        value = parse_number(cell)
        if value is not None and name not in {*NOT_VALUES, *REQUIRED_COLUMNS}:
            values[name] = value
    return ReportImage(
        file=file,
        name=file_name(file),
        status=row["status"],
        reason=row.get("reason", ""),
        notes=split_words(row.get("notes", "")),
        flags=split_words(row.get("flags", "")),
        well=format_well(row.get("well", "")),
        values={} if failed else values,
        image=find_image(file, folder, record),
        labels=find_labels(outputs),
        tables=tuple(p for p in outputs if p.name.endswith(TABLE_ENDINGS)),
    )


def add_folders_to_equal_names(images: Sequence[ReportImage]) -> None:
    """Name images of the same name by their folder too."""
    counts = Counter(image.name for image in images)
    for image in images:
        if counts[image.name] > 1:
            parts = re.split(r"[\\/]", image.file)
            image.name = "/".join(parts[-2:])


def split_words(cell: str) -> tuple[str, ...]:
    """Return the notes or flags of a cell.

    Examples
    --------
    >>> split_words("out of focus; saturated")
    ('out of focus', 'saturated')
    """
    return tuple(word for word in cell.split(NOTE_SEPARATOR) if word)


def parse_number(cell: str) -> float | None:
    """Return a finite number in a cell; None for text, or an empty cell."""
    try:
        value = float(cell)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def file_name(file: str) -> str:
    r"""Return the name of a file without its folders, of any system.

    Examples
    --------
    >>> file_name("C:\\plates\\A01.tif"), file_name("plates/A01.tif")
    ('A01.tif', 'A01.tif')
    """
    windows = os.sep != "/" or ":\\" in file
    return re.split(r"[\\/]" if windows else "/", file)[-1]


def find_image(file: str, folder: Path, record: Mapping[str, Any]) -> Path | None:
    """Return the path of an image; None if it is not found.

    The results may state a path relative to the folder in which the command ran, or
    may have been moved together with their images. The current folder comes last: it
    may hold other images of the same names.
    """
    started = str(record.get("folder") or ".")
    name = file_name(file)
    for path in (
        Path(started, file),
        folder / file,
        folder.parent / file,
        folder / name,
        folder.parent / name,
        folder.parent / Path(file).parent.name / name,
        Path(file),
    ):
        if os.path.isfile(path):  # False for a name that the system cannot have
            return path
    return None


def find_labels(outputs: list[Path]) -> Path | None:
    """Return the file with the nuclei of an image; None if there is none."""
    for writer in find_writers(LABEL_FORMATS):
        for path in outputs:
            if path.name.endswith(writer.ending):
                return path
    return None
