"""The command `demo`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from napari_nuclei.cli.options import file_path
from napari_nuclei.cli.quiet import quiet
from napari_nuclei.cli.report import finish, print_result


def add_to(commands: Any) -> None:
    """Add the command to the parser's commands."""
    demo = commands.add_parser(
        "demo", help="segment two sample images; needs no download"
    )
    demo.add_argument("-o", "--output", type=file_path, default=Path("demo"))
    demo.set_defaults(run=run_demo)


def run_demo(args: argparse.Namespace) -> int:
    """Write sample images of fluorescence and of tissue, and segment them."""
    from skimage.data import immunohistochemistry

    from napari_nuclei.core.synthetic import synthetic_nuclei
    from napari_nuclei.io.atomic import prepare_folder, write_atomic
    from napari_nuclei.io.tiff_writer import image_tiff
    from napari_nuclei.model.load import load_segmenter
    from napari_nuclei.scale.batch import segment_files

    prepare_folder(args.output)
    fluorescence, truth = synthetic_nuclei()
    paths = [args.output / f"{name}.tif" for name in ("fluorescence", "tissue")]
    write_atomic(paths[0], image_tiff(fluorescence, "YX", None))
    print(f"{paths[0]} is made by code and holds {truth.max()} nuclei")
    write_atomic(paths[1], image_tiff(immunohistochemistry(), "YXS", None))
    print(f"{paths[1]} is scikit-image's immunohistochemistry sample")
    with quiet():
        segmenter = load_segmenter()
    return finish(
        segment_files(
            segmenter,
            paths,
            args.output,
            overlay=True,
            table=True,
            report=print_result,
        )
    )
