"""The command `report`: one HTML file that shows the results of a folder."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from napari_nuclei.cli.argument_types import parse_path
from napari_nuclei.cli.command_parser import PROGRAM
from napari_nuclei.cli.progress_bars import progress_bar


def add_command(commands: Any) -> None:
    """Add the command to the commands of the parser."""
    command = commands.add_parser(
        "report",
        usage="napari-nuclei report RESULTS [-o FILE] [options]",
        help="show the results of a folder in one HTML file",
        description="Show the results of `segment` in one HTML file that opens without "
        "network: summary, pictures with outlines, plate, distributions, methods.",
        groups=("Input", "Output", "Help"),
        examples=(
            "napari-nuclei report results/",
            "napari-nuclei report results/ --conditions conditions.csv",
            "napari-nuclei report results/ --conditions conditions.csv "
            "--positive drug --negative DMSO -o monday.html",
        ),
    )
    group = command.group("Input")
    group.add_argument(
        "folder",
        type=parse_path,
        metavar="RESULTS",
        help="folder that segment wrote, or an OME-Zarr plate with labels",
    )
    group.add_argument(
        "--conditions",
        type=parse_path,
        metavar="CSV",
        help="table with the columns well (or file) and condition",
    )
    group.add_argument(
        "--table",
        type=parse_path,
        metavar="FILE",
        help="one table of the nuclei of all images [what is in the folder]",
    )
    for name in ("positive", "negative"):
        group.add_argument(
            f"--{name}",
            metavar="NAME",
            help=f"condition of the {name} control, for the Z' factor",
        )
    group.add_argument(
        "--leave-out",
        nargs="+",
        default=[],
        metavar="FLAG",
        help="leave images with these flags out of the plate, the distributions and "
        'the controls, such as "out of focus"; any for all flags [none]',
    )
    output = command.group("Output")
    output.add_argument("--title", help="title [name of the folder of the images]")
    output.add_argument(
        "-o",
        "--output",
        type=parse_path,
        metavar="FILE",
        help=".html file [report.html in the folder of the results]",
    )
    command.set_defaults(run=run_report)


def run_report(args: argparse.Namespace) -> int:
    """Write a report; print its path."""
    controls = (args.positive, args.negative)
    if None in controls and any(controls):
        raise ValueError("Name both controls: --positive and --negative")
    from napari_nuclei.report.write_report import write_report

    remarks: list[str] = []
    with progress_bar("image") as progress:
        path = write_report(
            args.folder,
            args.output,
            conditions=args.conditions,
            controls=controls if all(controls) else None,
            title=args.title,
            table=args.table,
            leave_out=args.leave_out,
            progress=progress,
            on_remark=remarks.append,
        )
    for remark in remarks:
        print(f"{PROGRAM}: {remark}", file=sys.stderr)
    print(f"Report: {path}")
    return 0
