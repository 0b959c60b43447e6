"""The results that a report shows: images, wells and the record of the run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

DONE, FAILED = "done", "failed"
"""Status of an image."""


@dataclass(slots=True)
class ReportImage:
    """An image of a run, and what was found in it.

    Attributes
    ----------
    file : str
        Its path, as the results state it; of a plate the path of the field.
    name : str
        How it is called in the report: its name without folders, or its path in a
        plate.
    status : str
        "done" or "failed".
    reason : str
        Why it failed.
    notes, flags : tuple of str
        Notes on an unusual image, and flags of its quality.
    well : str
        Such as "A01"; empty if it is not known.
    condition : str
        Empty if no conditions are given.
    values : dict of str to float
        Numbers by the name of their column; absent ones are unknown.
    left_out : bool
        Whether its values are left out of plots and controls.
    image, labels : Path, optional
        The image and its labels, if they exist.
    tables : tuple of Path
        Tables of its nuclei.
    picture : str
        The picture as a data URI; empty if there is none.
    picture_note : str
        What the picture shows, such as "slice 5 of 9", or why there is none.
    """

    file: str
    name: str
    status: str = DONE
    reason: str = ""
    notes: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    well: str = ""
    condition: str = ""
    values: dict[str, float] = field(default_factory=dict)
    left_out: bool = False
    image: Path | None = None
    labels: Path | None = None
    tables: tuple[Path, ...] = ()
    picture: str = ""
    picture_note: str = ""

    @property
    def failed(self) -> bool:
        """Whether the image has no result."""
        return self.status == FAILED


@dataclass(slots=True)
class PlateShape:
    """The rows and columns of a plate.

    Attributes
    ----------
    rows, columns : tuple of str
        Their names, such as "A" and "1".
    """

    rows: tuple[str, ...]
    columns: tuple[str, ...]


@dataclass(slots=True)
class Results:
    """The results of a folder or a plate.

    Attributes
    ----------
    folder : Path
        Folder of the results, or the plate.
    images : list of ReportImage
    record : dict
        Record of the run, as `read_run_record` returns it; empty if there is none.
    plate : PlateShape, optional
        Rows and columns of the plate, if wells are known.
    table : Path, optional
        One table of the nuclei of all images, if they have none of their own.
    remarks : list of str
        What the reader of the report should know, such as missing files.
    histograms : dict of str to dict
        Histograms of the nuclei by column, as of `NucleiSamples`.
    nuclei_counts : dict of str to int
        Number of the nuclei in tables, by condition.
    """

    folder: Path
    images: list[ReportImage]
    record: dict[str, Any] = field(default_factory=dict)
    plate: PlateShape | None = None
    table: Path | None = None
    remarks: list[str] = field(default_factory=list)
    histograms: dict[str, dict[str, Any]] = field(default_factory=dict)
    nuclei_counts: dict[str, int] = field(default_factory=dict)

    @property
    def done(self) -> list[ReportImage]:
        """The images that have results."""
        return [image for image in self.images if not image.failed]

    @property
    def flagged(self) -> list[ReportImage]:
        """The images that have results, and flags."""
        return [image for image in self.done if image.flags]

    def count_flags(self) -> dict[str, int]:
        """Return the number of images of each flag, the most frequent first."""
        return dict(
            Counter(f for image in self.done for f in image.flags).most_common()
        )

    def column_names(self) -> list[str]:
        """Return the names of all columns of numbers, in their order."""
        return list_columns(image.values for image in self.images)


def list_columns(rows: Iterable[Iterable[str]]) -> list[str]:
    """Return the names in all rows, each once, in the order of their appearance."""
    return list(dict.fromkeys(name for row in rows for name in row))


def mean_by(
    images: Sequence[ReportImage], attribute: str, column: str
) -> dict[str, float]:
    """Return the mean of a column over the images of each well or other group.

    Parameters
    ----------
    images : sequence of ReportImage
    attribute : str
        Attribute of an image that names its group; images without it are left out.
    column : str
    """
    groups: dict[str, list[float]] = {}
    for image in images:
        name, value = getattr(image, attribute), image.values.get(column)
        if name and value is not None:
            groups.setdefault(name, []).append(value)
    return {name: sum(values) / len(values) for name, values in groups.items()}
