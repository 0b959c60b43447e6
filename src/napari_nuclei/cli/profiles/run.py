"""The command `run`: segment images with the settings of a profile."""

from __future__ import annotations

import argparse
from typing import Any

from napari_nuclei.cli import segment_command
from napari_nuclei.cli.argument_types import parse_path
from napari_nuclei.cli.profiles.profile_options import (
    check_settings,
    make_settings_parser,
    settings_from_args,
    words_of_settings,
)


def add_command(commands: Any) -> None:
    """Add the command to the commands of the parser."""
    command = commands.add_parser(
        "run",
        usage="napari-nuclei run PROFILE INPUT [INPUT ...] [options]",
        help="segment images with the settings of a profile",
        description="Segment images with the settings of a profile, a TOML file that "
        "segment --save-profile or the dock Segment nuclei has saved. Every option of "
        "segment may be added; it replaces the setting of the profile.",
        groups=segment_command.OPTION_TITLES,
        examples=(
            "napari-nuclei segment one.tif --diameter 9um --save-profile mine.toml",
            "napari-nuclei run mine.toml plate/ -o results/",
            "napari-nuclei run mine.toml plate/ -o results/ --format labels overlay",
        ),
    )
    command.group("Input").add_argument(
        "profile", type=parse_path, metavar="PROFILE", help="TOML file of settings"
    )
    segment_command.add_segment_options(command)
    command.set_defaults(run=run_profile)


def run_profile(args: argparse.Namespace) -> int:
    """Segment images as `segment` does with the settings as options."""
    return segment_command.run_segment(arguments_of_profile(args))


def arguments_of_profile(args: argparse.Namespace) -> argparse.Namespace:
    """Return the arguments of `segment` for a profile and the options given.

    Raises
    ------
    OSError
        If the profile cannot be read.
    ValueError
        If it is damaged, or a setting is unknown or not valid.
    """
    from napari_nuclei.cli.profiles.profile_file import read_profile

    source = str(args.profile)
    parser = make_settings_parser(segment_command.add_command, source)
    stored = read_profile(args.profile)
    check_settings(parser, stored, source)
    typed = settings_from_args(parser, args, all_options=True)
    words = words_of_settings(parser, stored | typed, source)
    return parser.parse_args([*words, "--", *args.inputs])
