"""The command `demo`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from napari_nuclei.cli.options import parse_path
from napari_nuclei.cli.quiet import quiet
from napari_nuclei.cli.report import print_file_result, print_summary


def add_command(commands: Any) -> None:
    """Add the command to the parser's commands."""
    demo = commands.add_parser(
        "demo", help="segment two sample images; needs no download"
    )
    demo.add_argument("-o", "--output", type=parse_path, default=Path("demo"))
    demo.set_defaults(run=run_demo)


def run_demo(args: argparse.Namespace) -> int:
    """Write sample images of fluorescence and of tissue, and segment them."""
    from skimage.data import immunohistochemistry

    from napari_nuclei.core.synthetic import synthetic_nuclei
    from napari_nuclei.io.atomic import prepare_folder, write_atomic
    from napari_nuclei.io.tiff_writer import encode_image_tiff
    from napari_nuclei.model.load import load_segmenter
    from napari_nuclei.scale.batch import segment_files

    prepare_folder(args.output)
    fluorescence, truth = synthetic_nuclei()
    paths = [args.output / f"{name}.tif" for name in ("fluorescence", "tissue")]
    write_atomic(paths[0], encode_image_tiff(fluorescence, "YX", None))
    print(f"{paths[0]} is made by code and holds {truth.max()} nuclei")
    write_atomic(paths[1], encode_image_tiff(immunohistochemistry(), "YXS", None))
    print(f"{paths[1]} is scikit-image's immunohistochemistry sample")
    with quiet():
        segmenter = load_segmenter()
    return print_summary(
        segment_files(
            segmenter,
            paths,
            args.output,
            overlay=True,
            table=True,
            on_result=print_file_result,
        )
    )
