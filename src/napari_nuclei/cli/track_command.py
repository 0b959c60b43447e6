"""The command `track`: follow the nuclei of labels over time."""

from __future__ import annotations

import argparse
from typing import Any

from napari_nuclei.cli.argument_types import (
    parse_float,
    parse_int,
    parse_path,
    parse_positive_int,
)
from napari_nuclei.cli.options import add_max_pixels_option
from napari_nuclei.cli.progress_bars import progress_bar
from napari_nuclei.core.tracking.tracking_settings import TrackSettings
from napari_nuclei.io.tracks.track_files import DEFAULT_FORMATS, FORMATS

DEFAULTS = TrackSettings()


def add_command(commands: Any) -> None:
    """Add the command to the commands of the parser."""
    command = commands.add_parser(
        "track",
        usage="napari-nuclei track LABELS [-o FOLDER] [options]",
        help="track the nuclei of labels over time",
        description="Give each nucleus of a time series one number in all its frames, "
        "and find divisions. The labels may come from another program.",
        groups=("Input", "Tracks", "Output", "Help"),
        examples=(
            "napari-nuclei track movie_labels.tif -o tracks/",
            "napari-nuclei track labels.tif --frame-interval 300 --format csv lineage",
            "napari-nuclei track labels.zarr -o 01_RES --format ctc",
        ),
    )
    add_input_options(command.group("Input"))
    add_track_options(command.group("Tracks"))
    names = [track_format.name for track_format in FORMATS]
    contents = "; ".join(
        f"{track_format.name}: {track_format.description}" for track_format in FORMATS
    )
    output = command.group("Output")
    output.add_argument(
        "-o",
        "--output",
        type=parse_path,
        metavar="FOLDER",
        help="folder for the results [the folder of the labels]",
    )
    output.add_argument(
        "--format",
        dest="formats",
        nargs="+",
        choices=names,
        metavar="NAME",
        default=list(DEFAULT_FORMATS),
        help=f"what to write. {contents} [{' '.join(DEFAULT_FORMATS)}]",
    )
    command.set_defaults(run=run_track)


def add_input_options(group: argparse._ArgumentGroup) -> None:
    """Add the arguments that say what is tracked."""
    group.add_argument(
        "labels", type=parse_path, metavar="LABELS", help="TIFF or OME-Zarr of labels"
    )
    group.add_argument(
        "--axes",
        help="axes of labels that do not state them, a letter each, such as TYX",
    )
    for option, text in (
        ("--pixel-size", "side of a pixel in µm [as the file states]"),
        ("--z-spacing", "distance between slices in µm [as the file states]"),
        ("--frame-interval", "seconds between two frames, for speeds in µm/min"),
    ):
        group.add_argument(option, type=parse_float, metavar="X", help=text)
    add_max_pixels_option(group)


def add_track_options(group: argparse._ArgumentGroup) -> None:
    """Add the options that decide which nuclei are the same."""
    group.add_argument(
        "--max-distance",
        type=parse_float,
        metavar="X",
        help="largest distance from the expected position in the next frame, in "
        "pixels [the median diameter]",
    )
    group.add_argument(
        "--max-gap",
        type=parse_int,
        default=DEFAULTS.max_gap,
        metavar="N",
        help="consecutive frames in which a nucleus may be missing "
        f"[{DEFAULTS.max_gap}]",
    )
    group.add_argument(
        "--divisions",
        action=argparse.BooleanOptionalAction,
        default=DEFAULTS.divisions,
        help="find divisions into two daughters [on]",
    )
    group.add_argument(
        "--min-frames",
        type=parse_positive_int,
        default=DEFAULTS.min_frames,
        metavar="N",
        help="remove tracks in fewer frames, except at the border and in the first "
        f"and last frame [{DEFAULTS.min_frames}]",
    )
    group.add_argument(
        "--split-merged",
        action=argparse.BooleanOptionalAction,
        default=DEFAULTS.split_merged,
        help="split labels that cover several nuclei that were tracked before [on]",
    )


def run_track(args: argparse.Namespace) -> int:
    """Track the labels; print what was found and written."""
    from napari_nuclei.scale.tracks.track_labels_file import track_file

    with progress_bar("frame") as progress:
        done = track_file(
            args.labels,
            args.output,
            formats=args.formats,
            axes=args.axes,
            pixel_size=args.pixel_size,
            z_spacing=args.z_spacing,
            frame_interval=args.frame_interval,
            max_distance=args.max_distance,
            max_gap=args.max_gap,
            divisions=args.divisions,
            min_frames=args.min_frames,
            split_merged=args.split_merged,
            max_pixels=args.max_pixels,
            progress=progress,
        )
    print(f"{args.labels}: {done.tracking.describe()}")
    for path in done.written:
        print(f"  {path}")
    return 0
