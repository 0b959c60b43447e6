"""The parser of the command line: a module for each of the commands."""

from __future__ import annotations

import argparse

from napari_nuclei import __version__
from napari_nuclei.cli import demo, evaluate, models, segment, train
from napari_nuclei.cli.options import ArgumentFileParser


def make_parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command line."""
    parser = ArgumentFileParser(
        prog="napari-nuclei",
        description="Find cell nuclei in images, and learn new kinds of images.",
        epilog="@FILE among the arguments stands for the arguments in FILE.",
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for command in (demo, segment, train, evaluate, models):
        command.add_command(commands)
    return parser
