"""Annotated images, as the commands that learn and score take them."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from napari_nuclei.cli.options import parse_path
from napari_nuclei.cli.progress import progress_bar

if TYPE_CHECKING:
    from napari_nuclei.data.datasets import Sample

DATA_HELP = "folder or zip of images beside masks, or in the Data Science Bowl's layout"


def add_data_options(parser: argparse.ArgumentParser) -> None:
    """Add the images to learn from, and those to validate on."""
    parser.add_argument("data", type=parse_path, help=DATA_HELP)
    parser.add_argument(
        "--ids", type=parse_path, help="text file of the images to learn from"
    )
    parser.add_argument("--val", type=parse_path, help="validation data, as DATA")
    parser.add_argument(
        "--val-ids", type=parse_path, help="text file of validation images"
    )


def read_samples(data: Path, ids: Path | None) -> list[Sample]:
    """Read images beside masks, those that a text file names if there is one."""
    from napari_nuclei.data.datasets import read_dataset
    from napari_nuclei.data.image_lists import read_ids

    with progress_bar("image") as progress:
        wanted = None if ids is None else read_ids(ids)
        return read_dataset(data, ids=wanted, progress=progress)
