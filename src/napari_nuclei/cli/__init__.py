"""The command `napari-nuclei`."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from io import TextIOWrapper

from napari_nuclei.core.errors import USER_ERRORS, format_error


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit code.

    0 is success, 1 a user's error told in one line or a file that failed, 2 a wrong
    command line, 130 an interrupt, 141 that nobody reads on what is printed.
    """
    for stream in (sys.stdout, sys.stderr):
        # A file's name that the terminal cannot show must not end a run.
        if isinstance(stream, TextIOWrapper) and stream.errors == "strict":
            stream.reconfigure(errors="backslashreplace")
    # OpenCV's own word on a broken file; this program's line follows.
    os.environ.setdefault("OPENCV_LOG_LEVEL", "ERROR")
    try:
        # Here, so that Ctrl-C while the commands are loaded is answered like any other.
        from napari_nuclei.cli.parser import make_parser

        args = make_parser().parse_args(arguments)
        code: int = args.run(args)
        sys.stdout.flush()
    except KeyboardInterrupt:
        print("napari-nuclei: stopped", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # `head` has seen enough; Python would complain again at its last flush.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except Exception as error:
        if os.environ.get("NAPARI_NUCLEI_DEBUG"):
            raise
        text = format_error(error)
        if not isinstance(error, USER_ERRORS):
            text = (
                f"{type(error).__name__}: {text}; that was not expected, and "
                "NAPARI_NUCLEI_DEBUG=1 shows where it came from"
            )
        print(f"napari-nuclei: {text}", file=sys.stderr)
        return 1
    return code
