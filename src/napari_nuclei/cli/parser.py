"""Build the parser of the command line; each command adds itself."""

from __future__ import annotations

from napari_nuclei import __version__
from napari_nuclei.cli import (
    demo_command,
    evaluate_command,
    measure_command,
    report_command,
    segment_command,
    track_command,
    train_command,
)
from napari_nuclei.cli.command_parser import PROGRAM, CommandParser
from napari_nuclei.cli.doctor import doctor_command as doctor
from napari_nuclei.cli.models import models_command as models
from napari_nuclei.cli.profiles import run


def make_parser() -> CommandParser:
    """Return the parser of the whole command line."""
    parser = CommandParser(
        prog=PROGRAM,
        usage=f"{PROGRAM} COMMAND ...",
        description="Find cell nuclei in microscope images; train models on your own.",
        groups=(),
        examples=(
            f"{PROGRAM} demo",
            f"{PROGRAM} segment image.tif",
            f"{PROGRAM} train my-images/ --from nuclei --name mine",
        ),
    )
    commands = parser.add_subparsers(title="Commands", metavar="COMMAND", prog=PROGRAM)
    working = (
        demo_command,
        segment_command,
        run,
        measure_command,
        track_command,
        report_command,
    )
    for command in (*working, train_command, evaluate_command, models, doctor):
        command.add_command(commands)
    parser.add_help_group("Options")
    parser.group("Options").add_argument(
        "--version", action="version", version=__version__, help="print the version"
    )
    parser.set_defaults(run=parser.run_help)
    return parser
