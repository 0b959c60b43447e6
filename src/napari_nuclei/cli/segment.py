"""The command `segment`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from napari_nuclei.cli.large import run_segment_large
from napari_nuclei.cli.models import MODEL_HELP
from napari_nuclei.cli.options import (
    add_engine_option,
    add_options,
    config_from_args,
    parse_non_empty,
    parse_path,
    parse_positive_int,
)
from napari_nuclei.cli.progress import progress_bar
from napari_nuclei.cli.quiet import load_segmenter_from_args
from napari_nuclei.cli.report import print_file_result, print_summary
from napari_nuclei.config import SegmentConfig


def add_command(commands: Any) -> None:
    """Add the command to the parser's commands."""
    segment = commands.add_parser("segment", help="label the nuclei of images")
    segment.add_argument(
        "inputs",
        nargs="+",
        type=parse_non_empty,
        metavar="INPUT",
        help="file, folder, glob, or one zarr",
    )
    segment.add_argument(
        "-o",
        "--output",
        type=parse_path,
        required=True,
        help="folder, or the .zarr to make of one image that may exceed memory",
    )
    segment.add_argument("--model", type=parse_non_empty, help=MODEL_HELP)
    segment.add_argument(
        "--overlay", action="store_true", help="write a PNG of outlines"
    )
    segment.add_argument("--table", action="store_true", help="write a CSV of nuclei")
    segment.add_argument(
        "--all-nuclei",
        type=parse_path,
        metavar="FILE",
        help="one table of all images' nuclei, .csv or .parquet",
    )
    segment.add_argument("--channel", type=int, help="channel to take, from 0")
    segment.add_argument(
        "--pixel-size", type=float, help="micrometres, if not in files"
    )
    add_engine_option(segment)
    scale = segment.add_argument_group("scale options")
    scale.add_argument("--axes", help="axes of a zarr that does not say: TYX")
    scale.add_argument(
        "--block", type=parse_positive_int, help="side of a block in pixels [1024]"
    )
    scale.add_argument(
        "--workers", type=parse_positive_int, help="files or blocks at once"
    )
    scale.add_argument(
        "--scheduler", metavar="ADDRESS", help="run on dask's workers: tcp://host:8786"
    )
    add_options(segment, SegmentConfig, "segmentation options")
    segment.set_defaults(run=run_segment)


def run_segment(args: argparse.Namespace) -> int:
    """Segment files."""
    if args.output.suffix == ".zarr" or any(map(is_blockwise_input, args.inputs)):
        return run_segment_large(args)
    if args.axes is not None or args.block is not None:
        raise ValueError(
            "--axes and --block are for a zarr or a slide, or a TIFF where the output "
            "ends in .zarr"
        )
    from napari_nuclei.scale.batch import segment_files

    if args.all_nuclei:
        from napari_nuclei.scale.nuclei_table import (
            check_table_path,
            concatenate_tables,
        )

        check_table_path(args.all_nuclei)
    segmenter = load_segmenter_from_args(args)
    with progress_bar("step") as progress:
        results = segment_files(
            segmenter,
            args.inputs,
            args.output,
            overlay=args.overlay,
            table=args.table or bool(args.all_nuclei),
            channel=args.channel,
            pixel_size=args.pixel_size,
            config=config_from_args(args, SegmentConfig),
            workers=args.workers,
            scheduler=args.scheduler,
            progress=progress,
            on_result=print_file_result,
        )
    if args.all_nuclei:
        if concatenate_tables(results, args.all_nuclei):
            print(f"all nuclei: {args.all_nuclei}")
    return print_summary(results)


def is_blockwise_input(path: str) -> bool:
    """Tell whether an input is read block by block."""
    from napari_nuclei.io.image_files import SLIDE_SUFFIXES

    return Path(path).suffix.lower() in (".zarr", *SLIDE_SUFFIXES)
