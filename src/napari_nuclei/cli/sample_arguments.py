"""Arguments that name annotated images, shared by several commands."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from napari_nuclei.cli.argument_types import parse_path
from napari_nuclei.cli.command_parser import CommandParser
from napari_nuclei.cli.options import add_max_pixels_option
from napari_nuclei.cli.progress_bars import progress_bar

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
        Accept several data sets, or images and labels that are apart.
    """
    data = parser.group("Data")
    if labels:
        data.add_argument(
            "data",
            nargs="+",
            metavar="DATA",
            help=f"{DATA_HELP}; {SPLITS_HELP}. Or several data sets, each with a "
            "weight after a colon if it is not 1 (DATA:0.5). Or images and LABELS: a "
            "label image, a folder of them, or a CSV file of run lengths",
        )
    else:
        data.add_argument(
            "data", type=parse_path, metavar="DATA", help=f"{DATA_HELP}; {SPLITS_HELP}"
        )
    data.add_argument(
        "--ids",
        type=parse_path,
        metavar="FILE",
        help="text file with the names of the training images, one per line [those in "
        "DATA/train_ids.txt, or all]",
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
        help="text file with the names of the validation images, one per line "
        "[those in DATA/val_ids.txt]",
    )
    add_max_pixels_option(data)


def split_labels(texts: Sequence[str]) -> tuple[list[str], Path | None]:
    """Distinguish images with their labels from several data sets.

    Parameters
    ----------
    texts : sequence of str
        The arguments DATA.

    Returns
    -------
    data : list of str
        Data sets, with weights; or one file or folder of images.
    labels : Path, optional
        Labels of the images. None if the data sets contain them.
    """
    from napari_nuclei.data.sample_files import has_masks
    from napari_nuclei.data.weighted_paths import parse_weighted_path

    if len(texts) != 2 or any(":" in text[2:] for text in texts):
        return list(texts), None
    first, second = (parse_weighted_path(text).path for text in texts)
    return (list(texts), None) if has_masks(first) else ([texts[0]], second)


def print_masks(samples: Sequence[Sample]) -> None:
    """Print how masks were turned into nuclei, if they are binary."""
    from napari_nuclei.data.mask_report import describe_masks

    for sentence in describe_masks(samples):
        print(sentence, flush=True)


def read_training_data(
    args: argparse.Namespace, data: list[str], labels: Path | None
) -> tuple[Any, Any]:
    """Return the data to train on, and validation samples if they were read.

    Many images, and those of several data sets, are read during the training.
    """
    from napari_nuclei.data.paths import TrainingPaths
    from napari_nuclei.training.lazy_data import find_training_files

    if labels is None:
        files = find_training_files(
            data if len(data) > 1 else parse_data_path(data[0]),
            args.val,
            ids=args.ids,
            val_ids=args.val_ids,
            max_pixels=args.max_pixels,
        )
        if files is not None:
            return files, None
    paths = TrainingPaths(
        data=parse_data_path(data[0]),
        labels=labels,
        ids=args.ids,
        val=args.val,
        val_ids=args.val_ids,
        max_pixels=args.max_pixels,
    )
    with progress_bar("image") as progress:
        samples, validation = paths.read(progress)
    print_masks([*samples, *(validation or ())])
    return samples, validation


def parse_data_path(text: str) -> Path:
    """Return the path of a data set, without its weight."""
    from napari_nuclei.data.weighted_paths import parse_weighted_path

    return parse_weighted_path(text).path
