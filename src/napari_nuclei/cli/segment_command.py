"""The command `segment`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from napari_nuclei.cli.argument_types import (
    MODEL_HELP,
    expand_home,
    parse_float,
    parse_named_channel,
    parse_non_empty,
    parse_path,
    parse_positive_int,
)
from napari_nuclei.cli.command_parser import CommandParser
from napari_nuclei.cli.format_options import (
    add_format_options,
    describe_choice,
)
from napari_nuclei.cli.large_command import run_segment_large
from napari_nuclei.cli.measure_options import (
    add_image_option,
    add_measure_options,
)
from napari_nuclei.cli.options import (
    add_engine_option,
    add_max_pixels_option,
    add_options,
    option_name,
)
from napari_nuclei.cli.print_results import (
    print_file_result,
    print_plan,
    print_submission,
    print_summary,
)
from napari_nuclei.cli.profiles.segment_files_of_args import segment_files_of_args
from napari_nuclei.cli.progress_bars import progress_bar
from napari_nuclei.cli.quiet_libraries import load_segmenter_from_args
from napari_nuclei.config import SegmentConfig

OPTION_GROUPS = {"tile": "Speed", "overlap": "Speed"}
"""Fields of `SegmentConfig` whose option is not in the group "Nuclei"."""


OPTION_TITLES = ("Input", "Output", "Nuclei", "Tables", "Speed", "Help")
"""Titles of the groups of options, in the order of the help."""


def add_command(commands: Any) -> None:
    """Add the command to the commands of the parser."""
    segment = commands.add_parser(
        "segment",
        usage="napari-nuclei segment INPUT [INPUT ...] [options]",
        help="label the nuclei of images",
        description="Label the nuclei of images: each nucleus gets its own number.",
        groups=OPTION_TITLES,
        examples=(
            "napari-nuclei segment image.tif -o labels.tif",
            "napari-nuclei segment plate/ -o results/ --format labels overlay csv",
            "napari-nuclei segment stack.tif --channel 1 --diameter 9um",
            "napari-nuclei segment stack.tif --join z --format labels csv",
            "napari-nuclei segment stage1_test/ -o results/ --format kaggle",
            "napari-nuclei segment slide.svs -o results/ --workers 4",
            "napari-nuclei segment dapi/ -o results/ --table --image ki67=ki67/ "
            "--ring 1um:3um",
        ),
    )
    add_segment_options(segment)
    segment.set_defaults(run=run_segment)


def add_segment_options(parser: CommandParser) -> None:
    """Add the inputs and the options to a parser with the groups `OPTION_TITLES`."""
    parser.trailing = "inputs"
    add_input_options(parser.group("Input"))
    add_output_options(parser)
    nuclei = parser.group("Nuclei")
    nuclei.add_argument(
        "--model", type=expand_home, help=f"{MODEL_HELP} [the default model]"
    )
    add_options(parser, SegmentConfig, "Nuclei", OPTION_GROUPS)
    nuclei.add_argument(
        "--diameter-from-first",
        action="store_true",
        help="measure the diameter in the first images only, and use it for all; for "
        "images of one magnification [off]",
    )
    tables = parser.group("Tables")
    add_image_option(tables, folders=True)
    add_measure_options(parser, tables, tables)
    add_speed_options(parser.group("Speed"))


def add_input_options(group: argparse._ArgumentGroup) -> None:
    """Add the arguments that say what is segmented."""
    group.add_argument(
        "inputs",
        nargs="+",
        type=expand_home,
        metavar="INPUT",
        help="image file, folder of images (or of <id>/images/, as Kaggle has them), "
        'or pattern such as "plate/*.tif"; or one zarr, slide or plate',
    )
    group.add_argument(
        "--pattern",
        default="auto",
        help='how to read file names, such as "{well}_s{field}_w{channel}"; none: each '
        "file is an image [the pattern of a usual microscope, if the names fit]",
    )
    group.add_argument(
        "--channel",
        type=parse_named_channel,
        metavar="N",
        help="channel of the nuclei: its number from 0; red, green or blue of an RGB "
        "image; or its name, with --pattern and in CZI, LIF and ND2 files",
    )
    group.add_argument(
        "--scene",
        type=parse_non_empty,
        metavar="SCENE",
        help="scene (position, well) of CZI, LIF and ND2 files: its name, or its "
        "number from 0 [the first one]",
    )
    group.add_argument(
        "--pixel-size",
        type=parse_float,
        metavar="X",
        help="size of a pixel in µm [as the file states]",
    )
    group.add_argument(
        "--z-spacing",
        type=parse_float,
        metavar="X",
        help="distance between slices in µm, for --join z [as the file states]",
    )
    group.add_argument(
        "--axes",
        help="axes of images that do not state them, a letter each, such as TZYX",
    )
    add_max_pixels_option(group)


def add_output_options(parser: CommandParser) -> None:
    """Add the arguments that say what is written, and where."""
    group = parser.group("Output")
    group.add_argument(
        "-o",
        "--output",
        type=parse_path,
        metavar="PATH",
        help="folder for the results; or, for one image, the file to write, such as "
        "labels.tif, mask.png or nuclei.geojson. If the name ends in .zarr, the image "
        "is segmented in blocks and may be larger than memory [the folder of each "
        "image]",
    )
    group.add_argument(
        "--into-image",
        action="store_true",
        help="add the labels to the OME-Zarr image or plate itself, in its group "
        '"labels"; labels that exist there are never replaced [off]',
    )
    group.add_argument(
        "--labels-name",
        default="nuclei",
        metavar="NAME",
        help="name of the labels in OME-Zarr [nuclei]",
    )
    group.add_argument(
        "--ome-version",
        choices=("0.4", "0.5"),
        help="version of OME-Zarr of labels that are written as .zarr [0.5]",
    )
    add_format_options(parser)
    group.add_argument(
        "--all-nuclei",
        type=parse_path,
        metavar="FILE",
        help="write one table of the nuclei of all images, .csv or .parquet; "
        "each image gets a table too [none]",
    )
    group.add_argument(
        "--save-profile",
        type=parse_path,
        metavar="FILE",
        help="save the settings as a .toml file, for: napari-nuclei run FILE INPUT "
        "[none]",
    )


def add_speed_options(group: argparse._ArgumentGroup) -> None:
    """Add the options that affect the speed, not the result."""
    add_engine_option(group)
    group.add_argument(
        "--block",
        type=parse_positive_int,
        metavar="N",
        help="side of a block of a zarr or slide, in pixels [1024]",
    )
    group.add_argument(
        "--workers",
        type=parse_positive_int,
        metavar="N",
        help="images or blocks segmented at the same time [automatic]",
    )
    group.add_argument(
        "--scheduler",
        metavar="ADDRESS",
        help="address of a dask scheduler whose workers segment, such as "
        "tcp://host:8786 [this machine]",
    )


def run_segment(args: argparse.Namespace) -> int:
    """Segment image files, or an image in blocks."""
    if args.save_profile:
        save_profile(args)
    in_blocks = args.output is not None and args.output.suffix == ".zarr"
    if in_blocks or any(map(is_blockwise_input, args.inputs)):
        return run_segment_large(args)
    for option in ("block", "into_image", "ome_version"):
        if getattr(args, option):
            raise ValueError(
                f"{option_name(option)} is for a zarr or a slide, or for a TIFF if the "
                "output ends in .zarr"
            )
    from napari_nuclei.scale.files.submission import wants_submission

    if choice := describe_choice(args.output, args.formats):
        print(choice, flush=True)
    with progress_bar("step") as progress:
        done = segment_files_of_args(
            args,
            lambda: load_segmenter_from_args(args),
            progress=progress,
            on_plan=print_plan,
            on_result=print_file_result,
        )
    for name, path in done.tables.items():
        print(f"{name}: {path}")
    if wants_submission(done.formats):
        print_submission(done.results)
    return print_summary(done.results)


def save_profile(args: argparse.Namespace) -> None:
    """Write the settings that were given to the file that `--save-profile` names."""
    from napari_nuclei.cli.profiles.profile_file import write_profile
    from napari_nuclei.cli.profiles.profile_options import (
        group_settings,
        make_settings_parser,
        settings_from_args,
    )

    parser = make_settings_parser(add_command)
    settings = settings_from_args(parser, args)
    write_profile(args.save_profile, group_settings(parser, settings))
    print(f"Settings saved: {args.save_profile}")


def is_blockwise_input(path: str) -> bool:
    """Return whether an input is segmented block by block."""
    from napari_nuclei.io.readers import is_blockwise_name

    return is_blockwise_name(Path(path))
