"""The command `napari-nuclei`: a module for each of its commands."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from io import TextIOWrapper

from napari_nuclei import __version__
from napari_nuclei.cli import demo, evaluate, models, segment, train
from napari_nuclei.cli.options import Parser
from napari_nuclei.core.errors import SPEAKING, told


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit code.

    0 is success, 1 a user's error told in one line or a file that failed, 2 a wrong
    command line.
    """
    for stream in (sys.stdout, sys.stderr):
        # A file's name that the terminal cannot show must not end a run.
        if isinstance(stream, TextIOWrapper) and stream.errors == "strict":
            stream.reconfigure(errors="backslashreplace")
    # OpenCV's own word on a broken file; this program's line follows.
    os.environ.setdefault("OPENCV_LOG_LEVEL", "ERROR")
    args = make_parser().parse_args(arguments)
    try:
        code: int = args.run(args)
    except KeyboardInterrupt:
        print("napari-nuclei: stopped", file=sys.stderr)
        return 130
    except Exception as error:
        if os.environ.get("NAPARI_NUCLEI_DEBUG"):
            raise
        text = told(error)
        if not isinstance(error, SPEAKING):
            text = (
                f"{type(error).__name__}: {text}; that was not expected, and "
                "NAPARI_NUCLEI_DEBUG=1 shows where it came from"
            )
        print(f"napari-nuclei: {text}", file=sys.stderr)
        return 1
    return code


def make_parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command line."""
    parser = Parser(
        prog="napari-nuclei",
        description="Find cell nuclei in images, and learn new kinds of images.",
        epilog="@FILE among the arguments stands for the arguments in FILE.",
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for command in (demo, segment, train, evaluate, models):
        command.add_to(commands)
    return parser
