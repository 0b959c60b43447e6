"""Conditions of wells or files, from a table that the user wrote."""

from __future__ import annotations

import csv
import difflib
from collections.abc import Sequence
from pathlib import Path

from napari_nuclei.report.read_folder import file_name
from napari_nuclei.report.report_results import Results
from napari_nuclei.report.wells import format_well

DELIMITERS = ",;\t"
"""Separators of cells; spreadsheets of some countries write semicolons."""

CONDITION, KEYS = "condition", ("well", "file")

MAX_BYTES = 16 << 20
"""Largest table of conditions that is read."""


def read_conditions(path: Path) -> tuple[str, dict[str, str]]:
    """Read a table of conditions.

    Parameters
    ----------
    path : Path
        A text file with the columns `well` or `file`, and `condition`, separated by
        commas, semicolons or tabs. Other columns are ignored.

    Returns
    -------
    key : str
        "well" or "file".
    conditions : dict of str to str
        Condition by well, such as "A01", or by file. Empty ones are left out.

    Raises
    ------
    OSError
        If the file cannot be read.
    ValueError
        If a column is missing, or a well has two conditions.
    """
    content = path.read_bytes()
    if len(content) > MAX_BYTES or b"\0" in content:
        raise ValueError(f"{path} is not a table of conditions (CSV text)")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", "replace")
    lines = text.splitlines()
    first = lines[0] if lines else ""
    delimiter = max(DELIMITERS, key=first.count)
    rows = list(csv.reader(lines, delimiter=delimiter))
    header = [name.strip().lower() for name in rows[0]] if rows else []
    key = next((name for name in KEYS if name in header), None)
    if key is None or CONDITION not in header:
        names = ", ".join(header) or "nothing"
        raise ValueError(
            f"{path} needs the columns well (or file) and condition; it has {names}"
        )
    condition_of: dict[str, str] = {}
    for number, row in enumerate(rows[1:], 2):
        cells = dict(zip(header, (cell.strip() for cell in row), strict=False))
        name, condition = cells.get(key, ""), cells.get(CONDITION, "")
        if not name or not condition:
            continue
        name = format_well(name) if key == "well" else name
        if condition_of.setdefault(name, condition) != condition:
            raise ValueError(
                f"{path}, line {number}: {name} has the conditions "
                f"{condition_of[name]} and {condition}. Give each {key} one condition"
            )
    if not condition_of:
        raise ValueError(f"{path} states no condition. Fill in the column condition")
    return key, condition_of


def apply_conditions(results: Results, path: Path) -> list[str]:
    """Give each image its condition; return the conditions in the order of the table.

    Names in the table that fit no image are added to the remarks of the results.

    Raises
    ------
    OSError, ValueError
        As `read_conditions`, and if no image has a condition.
    """
    key, conditions = read_conditions(path)
    used = set()
    for image in results.images:
        name = file_name(image.file)
        stem = name.rpartition(".")[0]
        for text in (image.well,) if key == "well" else (image.file, name, stem):
            if text in conditions:
                image.condition = conditions[text]
                used.add(text)
                break
    if not used:
        hint = next(iter(conditions))
        what = (
            "no well is known"
            if not results.plate and key == "well"
            else (f"no image has the {key} {hint}")
        )
        raise ValueError(f"{path} fits none of the images: {what}")
    unused = [name for name in conditions if name not in used]
    if unused:
        shown = ", ".join(unused[:5]) + (" ..." if len(unused) > 5 else "")
        results.remarks.append(
            f"{len(unused)} of {len(conditions)} rows of {path.name} fit no image: "
            f"{shown}"
        )
    without = sum(not image.condition for image in results.images)
    if without:
        results.remarks.append(
            f"{without} of {len(results.images)} images have no condition in "
            f"{path.name}"
        )
    return list(dict.fromkeys(conditions.values()))


def check_controls(controls: Sequence[str], conditions: Sequence[str]) -> None:
    """Raise ValueError if a control is not a condition; name the nearest one."""
    if len({*controls}) != 2:
        raise ValueError(
            "Controls are two different conditions, positive and negative; got "
            f"{', '.join(map(str, controls))}"
        )
    for name in controls:
        if name not in conditions:
            near = difflib.get_close_matches(name, conditions, 1, 0.4)
            hint = f" Did you mean {near[0]}?" if near else ""
            raise ValueError(
                f"There is no condition {name}.{hint} The conditions are "
                f"{', '.join(conditions)}"
            )
