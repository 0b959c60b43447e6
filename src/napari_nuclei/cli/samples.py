"""Arguments that name annotated images, shared by several commands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from napari_nuclei.cli.argument_types import parse_path
from napari_nuclei.cli.command_parser import CommandParser

if TYPE_CHECKING:
    from napari_nuclei.data.datasets import Sample

DATA_HELP = (
    "data set: a folder or zip with the folders images/ and masks/, or in the layout "
    "of the 2018 Data Science Bowl, with masks/ or stage1_train_labels.csv"
)

SPLITS_HELP = "the folders train/, val/ and test/ in it, if any, are kept apart"


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
            help="label image, folder of label images, or CSV file of run lengths, if "
            "DATA has only images",
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


def print_masks(samples: Sequence[Sample]) -> None:
    """Print how masks were turned into nuclei, if they are binary."""
    from napari_nuclei.data.mask_report import describe_masks

    for sentence in describe_masks(samples):
        print(sentence, flush=True)
