"""The command `demo`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from napari_nuclei.cli.report import finish, print_result


def add_to(commands: Any) -> None:
    """Add the command to the parser's commands."""
    demo = commands.add_parser("demo", help="segment a sample image; needs no download")
    demo.add_argument("-o", "--output", type=Path, default=Path("demo"))
    demo.set_defaults(run=run_demo)


def run_demo(args: argparse.Namespace) -> int:
    """Write a sample image and segment it."""
    from napari_nuclei.core.atomic import write_atomic
    from napari_nuclei.core.synthetic import synthetic_nuclei
    from napari_nuclei.model.load import load_segmenter
    from napari_nuclei.scale.batch import segment_files
    from napari_nuclei.scale.files import image_tiff
    from napari_nuclei.scale.inputs import prepare_folder

    prepare_folder(args.output)
    image, truth = synthetic_nuclei()
    path = args.output / "fluorescence.tif"
    write_atomic(path, image_tiff(image, "YX", None))
    print(f"{path} is made by code and holds {truth.max()} nuclei")
    return finish(
        segment_files(
            load_segmenter(),
            [path],
            args.output,
            overlay=True,
            table=True,
            report=print_result,
        )
    )
