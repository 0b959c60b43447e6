"""Arguments that name annotated images, shared by several commands."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from napari_nuclei.cli.argument_types import parse_path
from napari_nuclei.cli.command_parser import CommandParser
from napari_nuclei.cli.progress import progress_bar

if TYPE_CHECKING:
    from napari_nuclei.data.datasets import Sample

DATA_HELP = (
    "data set: a folder or zip with the folders images/ and masks/, or in the layout "
    "of the 2018 Data Science Bowl"
)

SPLITS_HELP = "the folders train/, val/ and test/ in it, if any, are used as splits"


def add_data_options(parser: CommandParser, *, labels: bool = False) -> None:
    """Add the arguments for training and validation images to the group "Data".

    Parameters
    ----------
    parser : CommandParser
    labels : bool
        Add an argument for labels that are not in the data set.
    """
    data = parser.group("Data")
    data.add_argument(
        "data", type=parse_path, metavar="DATA", help=f"{DATA_HELP}; {SPLITS_HELP}"
    )
    if labels:
        data.add_argument(
            "labels",
            nargs="?",
            type=parse_path,
            metavar="LABELS",
            help="label image, or folder of label images, if DATA has only images",
        )
    data.add_argument(
        "--ids",
        type=parse_path,
        metavar="FILE",
        help="text file with the names of the training images, one per line [all]",
    )
    data.add_argument(
        "--val",
        type=parse_path,
        metavar="DATA",
        help="validation data set [the folder val/ of DATA if there is one]",
    )
    data.add_argument(
        "--val-ids",
        type=parse_path,
        metavar="FILE",
        help="text file with the names of the validation images, one per line",
    )


def read_samples(data: Path, ids: Path | None) -> list[Sample]:
    """Read the annotated images of a data set.

    Parameters
    ----------
    data : Path
    ids : Path, optional
        Text file with the names of the images to read; all if None.

    Returns
    -------
    list of Sample

    Raises
    ------
    OSError, ValueError
        If a file cannot be read, or an image or its mask is missing.
    """
    from napari_nuclei.data.datasets import read_dataset
    from napari_nuclei.data.image_lists import read_ids

    with progress_bar("image") as progress:
        selected = None if ids is None else read_ids(ids)
        return read_dataset(data, ids=selected, progress=progress)
