"""Wells: read them from names, and choose the plate that holds them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from napari_nuclei.core.plates.plate_position import (
    name_well,
    row_name,
    row_number,
)
from napari_nuclei.report.report_results import PlateShape, ReportImage

SIZES = ((2, 3), (3, 4), (4, 6), (6, 8), (8, 12), (16, 24), (32, 48))
"""Rows and columns of usual plates: 6 to 1536 wells."""

NAMED_WELL = re.compile(r"(?<![A-Za-z0-9])([A-Pa-p])(0[1-9]|1\d|2[0-4])(?![0-9])")
"""A well with two digits in a name, such as A01 in plate1_A01_s2.tif."""

SHORT_WELL = re.compile(r"(?<![A-Za-z0-9])([A-Pa-p])([1-9]|1\d|2[0-4])(?![0-9A-Za-z])")
"""A well with one or two digits, such as B7 in B7.tif."""

NUMBERED_WELL = re.compile(r"(?<![A-Za-z0-9])r(\d{2})c(\d{2})(?=[^0-9]|$)", re.I)
"""A well as Harmony writes it, such as r02c03 for B03."""

WELL = re.compile(r"([A-Za-z]{1,2})[/_-]?0*(\d{1,2})")

MIN_SHARE = 0.8
"""Smallest fraction of images that must have a well in their names."""


def format_well(text: str) -> str:
    """Return the usual name of a well, or the text itself if it names no well.

    Examples
    --------
    >>> format_well("a1"), format_well("B/12"), format_well("control")
    ('A01', 'B12', 'control')
    """
    match = WELL.fullmatch(text.strip())
    if not match:
        return text.strip()
    return name_well(match[1], int(match[2]))


def name_of_well(path: str) -> str:
    """Return the name of a well of an OME-Zarr plate by its path.

    Rows and columns of some plates have other names than letters and numbers.

    Examples
    --------
    >>> name_of_well("A/1"), name_of_well("B/12"), name_of_well("1/02")
    ('A01', 'B12', '102')
    """
    row, _, column = path.partition("/")
    return row + (column if len(column) > 1 or not column.isdecimal() else f"0{column}")


def split_well(well: str) -> tuple[str, str] | None:
    """Return the row and the column of a well; None if it is not a usual name.

    Examples
    --------
    >>> split_well("A01")
    ('A', '1')
    """
    match = WELL.fullmatch(well)
    return (match[1].upper(), str(int(match[2]))) if match else None


def well_of_name(name: str) -> str:
    """Return the well in the name of a file; empty if there is none.

    Examples
    --------
    >>> well_of_name("p1_A01_s2_w1.tif"), well_of_name("r02c03f01p01-ch1.tiff")
    ('A01', 'B03')
    """
    stem = name.rpartition(".")[0] or name
    if match := NUMBERED_WELL.search(stem):
        return name_well(match[1], int(match[2]))
    # Names with two digits are surer than names with one.
    match = NAMED_WELL.search(stem) or SHORT_WELL.search(stem)
    return name_well(match[1], int(match[2])) if match else ""


def find_wells(names: Sequence[str]) -> list[str]:
    """Return the wells in the names of files; all empty unless most names have one.

    Parameters
    ----------
    names : sequence of str
        Names of files, without folders.
    """
    wells = [well_of_name(name) for name in names]
    share = sum(map(bool, wells)) / max(1, len(wells))
    # A lone image, or many of one well, do not make a plate.
    if share < MIN_SHARE or len({well for well in wells if well}) < 2:
        return [""] * len(names)
    return wells


def choose_plate(images: Iterable[ReportImage]) -> PlateShape | None:
    """Return the smallest usual plate that holds the wells; None without wells."""
    positions = [at for image in images if (at := split_well(image.well))]
    if not positions:
        return None
    rows = 1 + max(row_number(row) for row, _ in positions)
    columns = max(int(column) for _, column in positions)
    for height, width in SIZES:
        if rows <= height and columns <= width:
            rows, columns = height, width
            break
    return PlateShape(
        tuple(map(row_name, range(rows))),
        tuple(str(number) for number in range(1, columns + 1)),
    )
