"""Read text files that name images and their groups."""

from __future__ import annotations

import csv
import io
from pathlib import Path


def read_ids(path: Path | str) -> list[str]:
    """Read a text file with one image name per line.

    Raises
    ------
    OSError, ValueError
        If the file cannot be read, is not text or is empty.
    """
    path = Path(path).expanduser()
    try:
        lines = path.read_text(encoding="utf-8-sig").split()
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is not a text file of image names") from error
    if not lines:
        raise ValueError(f"{path} contains no image names; write one per line")
    return lines


def read_groups(path: Path | str) -> dict[str, str]:
    """Read a CSV file with the columns id and group; return the group of each image.

    Raises
    ------
    OSError, ValueError
        If the file cannot be read, is not text or lacks a column.
    """
    path = Path(path).expanduser()
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is not a CSV text file") from error
    rows = csv.DictReader(io.StringIO(text, newline=""))
    if not {"id", "group"} <= set(rows.fieldnames or ()):
        columns = ", ".join(rows.fieldnames or ()) or "none"
        raise ValueError(f"{path} must have the columns id and group; it has {columns}")
    return {row["id"]: row["group"] for row in rows}
