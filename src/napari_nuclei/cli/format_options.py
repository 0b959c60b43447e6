"""The option `--format` and its short forms: what is written for each image."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from napari_nuclei.cli.command_parser import CommandParser
from napari_nuclei.io.writers import (
    FORMATS,
    WRITERS,
    names_format,
    writer_of_suffix,
    writers_of_suffix,
)

FORMAT_OPTION = "--format"


def add_format_options(parser: CommandParser) -> None:
    """Add `--format`, `--overlay` and `--table` to the group "Output"."""
    output = parser.group("Output")
    contents = "; ".join(f"{writer.name}: {writer.description}" for writer in WRITERS)
    output.add_argument(
        FORMAT_OPTION,
        dest="formats",
        action="extend",
        type=parse_formats,
        metavar="NAME [NAME ...]",
        help=f"what to write for each image. {contents} [the format of the file that "
        "--output names, else labels]",
    )
    parser.lists[FORMAT_OPTION] = FORMATS
    output.add_argument(
        "--overlay", action="store_true", help="also write the format overlay"
    )
    output.add_argument(
        "--table",
        action="store_true",
        help="also write the format csv, and for several images in a folder one table "
        "of all nuclei, nuclei.csv",
    )


def parse_formats(text: str) -> tuple[str, ...]:
    """Return the names of formats separated by commas.

    Raises
    ------
    argparse.ArgumentTypeError
        If there is no such format.
    """
    names = tuple(text.split(","))
    for name in names:
        if name not in FORMATS:
            raise argparse.ArgumentTypeError(
                f"there is no format {name}; choose from {', '.join(FORMATS)}"
            )
    return names


def selected_formats(args: argparse.Namespace) -> tuple[str, ...]:
    """Return the formats to write, once each.

    Parameters
    ----------
    args : argparse.Namespace
        With `formats`, `overlay`, `table` and `output`.

    Returns
    -------
    tuple of str
        The formats of `--format`; without it, the format of the file that `--output`
        names, or labels. Then the formats of `--table` and `--overlay`.
    """
    names = list(args.formats or [default_format(args.output)])
    if args.table:
        names.append("csv")
    if args.overlay:
        names.append("overlay")
    return tuple(dict.fromkeys(names))


def describe_choice(output: Path | None, formats: Sequence[str] | None) -> str:
    """Return a line about the format that the name of an output file leaves open.

    Parameters
    ----------
    output : Path, optional
    formats : sequence of str, optional
        Formats that were asked for by name.

    Returns
    -------
    str
        Empty if the format was asked for, or the suffix has one format, or the name
        states the format that it usually has.

    Examples
    --------
    >>> print(describe_choice(Path("a.png"), None))  # doctest: +ELLIPSIS
    a.png: format png, PNG of 16 bits, one number per nucleus (or --format mask, ...)
    >>> describe_choice(Path("labels.png"), None)
    ''
    """
    if output is None or output.is_dir() or formats:
        return ""
    writers = writers_of_suffix(output, WRITERS)
    chosen = writer_of_suffix(output, WRITERS)
    if chosen is None or len(writers) == 1:
        return ""
    if chosen is writers[0] and names_format(output, chosen):
        return ""
    others = ", ".join(writer.name for writer in writers if writer is not chosen)
    return (
        f"{output.name}: format {chosen.name}, {chosen.description} "
        f"(or {FORMAT_OPTION} {others})"
    )


def default_format(output: Path | None) -> str:
    """Return the format of a file by its suffix; labels for a folder or no output.

    Examples
    --------
    >>> default_format(Path("nuclei.geojson")), default_format(Path("results"))
    ('geojson', 'labels')
    """
    if output is None or output.is_dir():
        return "labels"
    writer = writer_of_suffix(output, WRITERS)
    return "labels" if writer is None else writer.name
