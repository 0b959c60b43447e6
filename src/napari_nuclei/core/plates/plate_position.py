"""The position of an image in a well plate."""

from __future__ import annotations

import re
from dataclasses import dataclass

WELL = re.compile(r"([A-Za-z]{1,2})[ _-]*0*([0-9]{1,2})")


@dataclass(frozen=True, slots=True)
class PlatePosition:
    """The position of an image in a well plate.

    Attributes
    ----------
    well : str
        Such as "A01".
    field : str
        Field of view in the well; empty if there is one only.
    """

    well: str
    field: str = ""

    @property
    def row(self) -> str:
        """Letters of the row."""
        return split_well(self.well)[0]

    @property
    def column(self) -> int:
        """Number of the column, from 1."""
        return split_well(self.well)[1]

    def as_columns(self) -> dict[str, str | int]:
        """Return the columns of a table that state the position.

        Examples
        --------
        >>> PlatePosition("B07", "2").as_columns()
        {'well': 'B07', 'row': 'B', 'column': 7, 'field': '2'}
        """
        return {
            "well": self.well,
            "row": self.row,
            "column": self.column,
            "field": self.field,
        }

    def describe(self) -> str:
        """Return the position in words.

        Examples
        --------
        >>> PlatePosition("B07", "2").describe()
        'well B07, field 2'
        """
        return f"well {self.well}" + (f", field {self.field}" if self.field else "")


def split_well(well: str) -> tuple[str, int]:
    """Return the row and column of a well.

    Raises
    ------
    ValueError
        If the text is not the name of a well.

    Examples
    --------
    >>> split_well("b7"), split_well("AF - 48")
    (('B', 7), ('AF', 48))
    """
    match = WELL.fullmatch(well)
    if match is None:
        raise ValueError(f"A well is named by a letter and a number (B07); got {well}")
    return match[1].upper(), int(match[2])


def name_well(row: str, column: int) -> str:
    """Return the name of a well.

    Parameters
    ----------
    row : str
        Letters, or the number of the row, from 1.
    column : int
        From 1.

    Examples
    --------
    >>> name_well("2", 7), name_well("b", 12), name_well("28", 1)
    ('B07', 'B12', 'AB01')
    """
    if row.isdecimal():
        row = row_name(int(row) - 1)
    return f"{row.upper()}{column:02d}"


def row_name(number: int) -> str:
    """Return the letters of a row, counted from 0.

    Examples
    --------
    >>> row_name(0), row_name(25), row_name(26)
    ('A', 'Z', 'AA')
    """
    letter = chr(ord("A") + number % 26)
    return letter if number < 26 else row_name(number // 26 - 1) + letter


def row_number(name: str) -> int:
    """Return the number of a row, counted from 0, by its letters.

    Examples
    --------
    >>> row_number("A"), row_number("AA")
    (0, 26)
    """
    number = 0
    for letter in name.upper():
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1
