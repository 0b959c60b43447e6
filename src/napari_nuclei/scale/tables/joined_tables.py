"""The tables of all images of a run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from napari_nuclei.scale.file_result import FileResult
from napari_nuclei.scale.output_paths import is_file_destination
from napari_nuclei.scale.tables.nuclei_table import check_table_path, concatenate_tables
from napari_nuclei.scale.tables.region_counts import concatenate_counts, regions_path

TABLE_NAME = "nuclei.csv"
"""Table of the nuclei of all images, in the folder of the results."""


@dataclass(frozen=True, slots=True)
class TablesOfRun:
    """Where the table of all nuclei of a run is written.

    Attributes
    ----------
    path : Path, optional
        None if no table is wanted.
    named_by_user : bool
        Whether the user named the path; otherwise it is written for several images
        only.
    """

    path: Path | None
    named_by_user: bool

    @classmethod
    def plan(
        cls, path: Path | None, output: Path | None, *, wanted: bool
    ) -> TablesOfRun:
        """Return where the table is written, before the run.

        Parameters
        ----------
        path : Path, optional
            The file that the user named.
        output : Path, optional
            Folder of the results, or a file.
        wanted : bool
            Whether each image gets a table.

        Raises
        ------
        OSError, ValueError
            If the file that the user named cannot be written, or a file of the usual
            name is something else.
        """
        if path is not None:
            check_table_path(path)
            return cls(path, True)
        if not wanted or output is None or is_file_destination(output):
            return cls(None, False)
        path = output / TABLE_NAME
        if path.exists() and not is_table_of_run(path):
            raise FileExistsError(
                f"{path} is not a table of a run and is not replaced. Move it, or name "
                "another file with --all-nuclei"
            )
        return cls(path, False)

    def write(self, results: Sequence[FileResult]) -> dict[str, Path]:
        """Write the tables; return their paths by what they hold."""
        if self.path is None or not (self.named_by_user or len(results) > 1):
            return {}
        written = {}
        if concatenate_tables(results, self.path):
            written["All nuclei"] = self.path
        if concatenate_counts(results, regions_path(self.path)):
            written["Regions"] = regions_path(self.path)
        return written


def is_table_of_run(path: Path) -> bool:
    """Return whether a file is a table of the nuclei of several images."""
    with path.open("rb") as file:
        return file.readline(100).replace(b'"', b"").startswith(b"file,label")
