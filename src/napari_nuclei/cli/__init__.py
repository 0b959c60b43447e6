"""The command `napari-nuclei`."""

from __future__ import annotations

import logging
import os
import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from contextlib import suppress
from io import TextIOWrapper

from napari_nuclei.cli.standard_streams import (
    discard_output,
    name_output,
    open_missing_streams,
)
from napari_nuclei.core.errors import OUTPUT_NAME, USER_ERRORS, format_error


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    arguments : sequence of str, optional
        The arguments after the program's name; None uses those of the process.

    Returns
    -------
    int
        Exit code. 0: success; 1: a file failed, or another error (one line on standard
        error describes it); 130: stopped by Ctrl-C; 141: the output pipe was closed.

    Raises
    ------
    SystemExit
        With code 2 if the command line is wrong; with 0 after `--help` or `--version`.
    """
    open_missing_streams()
    for stream in (sys.stdout, sys.stderr):
        # A file name that the terminal cannot show must not end a run.
        if isinstance(stream, TextIOWrapper) and stream.errors == "strict":
            stream.reconfigure(errors="backslashreplace")
    # OpenCV and tifffile print warnings about a broken file; the error below describes
    # it.
    os.environ.setdefault("OPENCV_LOG_LEVEL", "ERROR")
    if not os.environ.get("NAPARI_NUCLEI_DEBUG"):
        logging.getLogger("tifffile").setLevel(logging.CRITICAL)
    try:
        # Imported here so that Ctrl-C during the import is handled too.
        from napari_nuclei.cli.command_parser import PROGRAM
        from napari_nuclei.cli.parser import make_parser
        from napari_nuclei.cli.warning_lines import warnings_as_lines
        from napari_nuclei.scale.records.run_record import state_command

        words = sys.argv[1:] if arguments is None else arguments
        parser = make_parser()
        if "_ARGCOMPLETE" in os.environ:  # set by a shell that completes a word
            complete_word(parser)
        args = parser.parse_args(words)
        with name_output(), warnings_as_lines(), state_command([PROGRAM, *words]):
            code: int = args.run(args)
            sys.stdout.flush()
    except KeyboardInterrupt:
        print("napari-nuclei: stopped", file=sys.stderr)
        return 130
    except BrokenPipeError:
        discard_output()  # a reader such as `head` has ended
        return 141
    except Exception as error:
        text = format_error(error)
        if isinstance(error, OSError) and error.filename == OUTPUT_NAME:
            discard_output()
        if os.environ.get("NAPARI_NUCLEI_DEBUG"):
            raise
        if not isinstance(error, USER_ERRORS):
            text = (
                f"Unexpected error ({type(error).__name__}: {text}); set "
                "NAPARI_NUCLEI_DEBUG=1 to see where it was raised"
            )
        print(f"napari-nuclei: {text}", file=sys.stderr)
        return 1
    return code


def complete_word(parser: ArgumentParser) -> None:
    """Print the words that complete the shell's line and exit, if argcomplete can."""
    with suppress(ImportError):
        import argcomplete

        argcomplete.autocomplete(parser)
