"""One table of the nuclei of a plate in OME-Zarr."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from napari_nuclei.config.warn_user import warn_user
from napari_nuclei.core.errors import ImageWarning
from napari_nuclei.core.measure.counts import counted
from napari_nuclei.core.plates.plate_position import WELL, PlatePosition, name_well
from napari_nuclei.io.atomic import prepare_folder
from napari_nuclei.io.tables import read_table, write_table
from napari_nuclei.scale.file_result import FileResult
from napari_nuclei.scale.tables.joined_tables import is_table_of_run
from napari_nuclei.scale.tables.nuclei_table import check_table_path, concatenate_tables

if TYPE_CHECKING:
    import pandas as pd

PARTS_SUFFIX = ".parts"
"""Ends the name of the folder of the tables of fields, until the plate is done."""


class PlateTable:
    """The table of a plate, made of the tables of its fields.

    A run that is stopped leaves the tables of its fields for the next one.

    Parameters
    ----------
    path : Path
        A ``.csv`` or ``.parquet`` file.
    plate : Path
        The plate. A field is listed by its path in it.

    Raises
    ------
    OSError, ValueError
        If the table cannot be written, or the file is something else.
    """

    def __init__(self, path: Path, plate: Path) -> None:
        self.path, self._plate = path.expanduser().absolute(), plate
        check_table_path(self.path)
        if self.path.exists() and path.suffix == ".csv" and not is_table_of_run(path):
            raise FileExistsError(
                f"{path} is not a table of a run and is not replaced. Move it, or name "
                "another folder"
            )
        self._folder = self.path.with_name(self.path.name + PARTS_SUFFIX)

    def part_of(self, field: str) -> Path:
        """Return the path of the table of a field, such as ``A/1/0``."""
        prepare_folder(self._folder)
        name = field.replace("/", "_")
        return self._folder / f"{name}_nuclei{self.path.suffix}"

    def complete_part(self, field: str, channels: pd.DataFrame | None) -> None:
        """Add columns to the table of a field.

        Parameters
        ----------
        field : str
        channels : DataFrame, optional
            The intensities of other channels, as of `measure_other_channels`.
        """
        part = self.part_of(field)
        table = read_table(part)
        if channels is not None:
            same = [name for name in channels if name in table]
            table = table.reset_index().merge(
                channels.reset_index(), on=["label", *same], how="left"
            )
            table = table.set_index("label")
        for number, (name, value) in enumerate(position_of_field(field).items()):
            table.insert(number, name, value)
        write_table(table, part)

    def write(self, fields: Sequence[str], *, complete: bool) -> None:
        """Write the table of the plate.

        Parameters
        ----------
        fields : sequence of str
            Fields that are done, by this run or an earlier one.
        complete : bool
            Whether all fields are done; then the tables of the fields are removed.

        Warns
        -----
        ImageWarning
            If an earlier run has segmented fields without a table.
        """
        missing = [field for field in fields if not self.part_of(field).exists()]
        if missing:
            missing = self._restore(missing)
        results = [
            FileResult(self._plate / field, written=(self.part_of(field),))
            for field in fields
            if self.part_of(field).exists()
        ]
        concatenate_tables(results, self.path)
        if missing:
            warn_user(
                f"{self.path.name} lacks {counted(len(missing), 'field')} segmented "
                "earlier without a table. Measure each: napari-nuclei measure LABELS, "
                f"first {missing[0]}",
                ImageWarning,
            )
        if complete:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _restore(self, fields: Sequence[str]) -> list[str]:
        """Take tables of fields from the earlier table; return the fields it lacks."""
        if not self.path.exists():
            return list(fields)
        table = read_table(self.path)
        left = []
        files = {*table.index.get_level_values("file")}
        for field in fields:
            if str(self._plate / field) not in files:
                left.append(field)
            else:
                rows = table.xs(str(self._plate / field), level="file")
                write_table(rows, self.part_of(field))
        return left


def position_of_field(field: str) -> dict[str, str | int]:
    """Return the columns that state the position of a field, by its path in a plate.

    Examples
    --------
    >>> position_of_field("B/07/0")
    {'well': 'B07', 'row': 'B', 'column': 7, 'field': '0'}
    """
    well, _, name = field.rpartition("/")
    row, _, column = well.partition("/")
    if WELL.fullmatch(row + column):
        position = PlatePosition(name_well(row, int(column)), name)
        return position.as_columns()
    # The rows and columns of some plates have other names.
    number = int(column) if column.isdecimal() else column
    return {"well": row + column, "row": row, "column": number, "field": name}
