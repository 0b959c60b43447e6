"""The command `demo`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from napari_nuclei.cli.argument_types import parse_path
from napari_nuclei.cli.print_results import print_file_result, print_summary
from napari_nuclei.model.native_output import suppress_native_output


def add_command(commands: Any) -> None:
    """Add the command to the commands of the parser."""
    demo = commands.add_parser(
        "demo",
        usage="napari-nuclei demo [options]",
        help="segment two sample images; needs no download",
        description="Write two sample images and segment them; needs no download.",
        groups=("Output", "Help"),
        examples=("napari-nuclei demo", "napari-nuclei demo -o results/"),
    )
    demo.group("Output").add_argument(
        "-o",
        "--output",
        type=parse_path,
        default=Path("demo"),
        metavar="FOLDER",
        help="folder for the images and their results [demo]",
    )
    demo.set_defaults(run=run_demo)


def run_demo(args: argparse.Namespace) -> int:
    """Write a fluorescence and a tissue sample, and segment them."""
    from skimage.data import immunohistochemistry

    from napari_nuclei.core.synthetic import synthetic_nuclei
    from napari_nuclei.io.atomic import prepare_folder, write_atomic
    from napari_nuclei.io.origin import SYNTHETIC_SIGNATURE
    from napari_nuclei.io.tiff_writer import encode_image_tiff
    from napari_nuclei.model.load import load_segmenter
    from napari_nuclei.scale.batch import segment_files

    prepare_folder(args.output)
    fluorescence, truth = synthetic_nuclei()
    paths = [args.output / f"{name}.tif" for name in ("fluorescence", "tissue")]
    write_atomic(
        paths[0],
        encode_image_tiff(fluorescence, "YX", None, software=SYNTHETIC_SIGNATURE),
    )
    print(f"{paths[0]} is a synthetic image with {truth.max()} nuclei")
    write_atomic(
        paths[1],
        encode_image_tiff(
            immunohistochemistry(), "YXS", None, software=SYNTHETIC_SIGNATURE
        ),
    )
    print(f"{paths[1]} is scikit-image's immunohistochemistry sample")
    with suppress_native_output():
        segmenter = load_segmenter()
    return print_summary(
        segment_files(
            paths,
            args.output,
            model=segmenter,
            formats=("labels", "csv", "overlay"),
            on_result=print_file_result,
        )
    )
