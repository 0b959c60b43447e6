"""The rows of a manifest, and the text of its file."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable
from dataclasses import dataclass, fields

from napari_nuclei.core.quality.quality import Quality
from napari_nuclei.scale.tables.quality_columns import (
    QUALITY_COLUMNS,
    decode_quality,
    encode_quality,
)

NAME_SEPARATOR = "/"
"""Separates file names; no name contains it."""

NOTE_SEPARATOR = "; "
"""Separates notes; no note contains it."""

MANIFEST_COLUMNS = (
    *("file", "status", "nuclei", "seconds", "reason", "run", "written", "notes"),
    *("well", "row", "column", "field"),
    *("flags", *QUALITY_COLUMNS, "left_out"),
)
DONE, FAILED = "done", "failed"


@dataclass(frozen=True, slots=True)
class ManifestRow:
    """The result of a file.

    Attributes
    ----------
    file : str
        Its path.
    status : str
        "done" or "failed".
    nuclei : int
    seconds : float
    reason : str
        Why it failed.
    run : str
        Fingerprint of the content of the file and of the settings.
    written : str
        Names of the files written, separated by slashes, which no name contains.
    notes : str
        Notes on an unusual image, separated by semicolons, which no note contains.
    well, row, column, field : str
        Position of the image in a plate, as `PlatePosition`; empty without a plate.
    flags : str
        What to look at before using the nuclei, separated by semicolons.
    quality : Quality, optional
        None if it is not known.
    left_out : str
        How many nuclei were found and filtered out, as of `FileResult`.
    """

    file: str
    status: str
    nuclei: int
    seconds: float
    reason: str
    run: str
    written: str
    notes: str = ""
    well: str = ""
    row: str = ""
    column: str = ""
    field: str = ""
    flags: str = ""
    quality: Quality | None = None
    left_out: str = ""

    @property
    def output_names(self) -> list[str]:
        """Names of the files written."""
        return self.written.split(NAME_SEPARATOR)

    @property
    def separate_notes(self) -> tuple[str, ...]:
        """Notes on an unusual image, one by one."""
        return tuple(self.notes.split(NOTE_SEPARATOR)) if self.notes else ()


def parse_manifest(content: bytes) -> tuple[dict[str, ManifestRow], bool]:
    """Decode a manifest.

    Parameters
    ----------
    content : bytes

    Returns
    -------
    rows : dict of str to ManifestRow
        The last row of each file.
    complete : bool
        Whether a row can be appended as it is: the manifest has its header, and its
        last row is not cut short.

    Raises
    ------
    ValueError
        If the content is not that of a manifest.
    """
    # File names may hold bytes that are not UTF-8; surrogateescape preserves them.
    text = content.decode("utf-8", "surrogateescape")
    header = ",".join(MANIFEST_COLUMNS)
    first = text.partition("\n")[0]
    if not header.startswith(first):  # a killed run may cut it short
        raise ValueError("the header differs")
    rows = {}
    complete = bool(first) and text.endswith("\n")
    text = text[: text.rfind("\n") + 1]
    # The header of an earlier version lacks the last columns, which new rows have.
    lines = io.StringIO(text, newline="")
    lines.readline()
    reader = csv.DictReader(lines, MANIFEST_COLUMNS, strict=True)
    while True:
        try:
            values = next(reader)
            if values["run"] is None:
                raise ValueError("the row is cut short")
            row = ManifestRow(
                file=decode_name(values["file"]),
                status=values["status"],
                nuclei=int(values["nuclei"]),
                seconds=float(values["seconds"]),
                reason=values["reason"],
                run=values["run"],
                written=decode_name(values["written"] or ""),
                notes=values["notes"] or "",
                well=values["well"] or "",
                row=values["row"] or "",
                column=values["column"] or "",
                field=values["field"] or "",
                flags=values["flags"] or "",
                quality=decode_quality(values, int(values["nuclei"])),
                left_out=values["left_out"] or "",
            )
        except StopIteration:
            break
        except (KeyError, TypeError, ValueError, csv.Error):  # a killed run cut it
            complete = False
            continue
        rows[row.file] = row
    return rows, complete


def encode_name(name: str) -> str:
    """Return a file name as text that does not depend on the locale.

    A system whose names are not UTF-8, such as one in the locale C, decodes the bytes
    of a name to other characters.
    """
    return os.fsencode(name).decode("utf-8", "surrogateescape")


def decode_name(text: str) -> str:
    """Return the file name that `encode_name` encoded."""
    return os.fsdecode(text.encode("utf-8", "surrogateescape"))


def cells_of(row: ManifestRow) -> list[object]:
    """Return the cells of a row, in the order of `MANIFEST_COLUMNS`."""
    values = {item.name: getattr(row, item.name) for item in fields(row)}
    quality, left_out = values.pop("quality"), values.pop("left_out")
    for name in ("file", "written"):
        values[name] = encode_name(values[name])
    for name in ("reason", "notes"):
        values[name] = clean_text(values[name])
    return [*values.values(), *encode_quality(quality), left_out]


def clean_text(text: str) -> str:
    """Return text that can be written: a message may quote characters that cannot."""
    try:
        text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "backslashreplace").decode()
    return text


def encode_rows(rows: Iterable[Iterable[object]]) -> bytes:
    """Return rows of cells as the bytes of a CSV file."""
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode("utf-8", "surrogateescape")
