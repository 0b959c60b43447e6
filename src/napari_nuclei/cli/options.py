"""Options of the command line, most of them fields of a settings dataclass."""

from __future__ import annotations

import argparse
import shlex
import sys
from dataclasses import MISSING, fields, is_dataclass
from pathlib import Path
from typing import Any, NoReturn, TypeVar, get_args, get_origin, get_type_hints

from napari_nuclei.core.errors import format_error

Config = TypeVar("Config")


class ArgumentFileParser(argparse.ArgumentParser):
    """A parser for which @FILE stands for the arguments in a file.

    Lines are split as a shell does; what follows a # is a comment.
    """

    def __init__(self, **settings: Any) -> None:
        super().__init__(fromfile_prefix_chars="@", **settings)

    def convert_arg_line_to_args(self, arg_line: str) -> list[str]:
        """Split a line of a file."""
        return shlex.split(arg_line, comments=True)

    def error(self, message: str) -> NoReturn:
        """End with a line on what is wrong; name a file of arguments as such."""
        problem = sys.exception()
        if isinstance(problem, OSError):  # argparse gives its number and bare words
            message = f"the file of arguments cannot be read: {format_error(problem)}"
        super().error(message)


def add_options(parser: argparse.ArgumentParser, config: type[Any], title: str) -> None:
    """Give a parser an option for every field that has a help text.

    Parameters
    ----------
    parser : argparse.ArgumentParser
    config : type
        A dataclass; fields that are dataclasses themselves add theirs.
    title : str
        Heading of the options in the help.
    """
    group = parser.add_argument_group(title)
    hints = get_type_hints(config)
    for item in fields(config):
        hint = hints[item.name]
        if is_dataclass(hint) and isinstance(hint, type):
            add_options(parser, hint, f"{item.name} options")
            continue
        if not item.metadata:
            continue
        flag = "--" + item.name.replace("_", "-")
        text = str(item.metadata["help"]).replace("%", "%%")
        default = item.default
        if isinstance(default, tuple):
            default = ",".join(map(str, default))
        shown = "" if default in (None, MISSING) else f" [{default}]"
        if hint is bool:
            group.add_argument(
                flag,
                action=argparse.BooleanOptionalAction,
                default=argparse.SUPPRESS,
                help=text + shown,
            )
            continue
        group.add_argument(
            flag,
            type=parse_duration if item.name == "budget" else choose_option_type(hint),
            choices=item.metadata["choices"],
            default=argparse.SUPPRESS,
            help=text + shown,
            metavar=None if item.metadata["choices"] else item.name.upper(),
        )


def choose_option_type(hint: Any) -> Any:
    """Return what turns an option's text into the type of a field."""
    if get_origin(hint) is tuple:
        return parse_channel_counts
    kinds = [kind for kind in get_args(hint) or (hint,) if kind is not type(None)]
    if str in kinds:
        return str
    return float if float in kinds else int


def parse_duration(text: str) -> float:
    """Read a time such as 90, 90s, 5min or 2h.

    Examples
    --------
    >>> parse_duration("90s"), parse_duration("1.5min")
    (90.0, 90.0)
    """
    units = {"min": 60, "h": 3600, "m": 60, "s": 1, "": 1}
    unit = next(unit for unit in units if text.endswith(unit))
    try:
        return float(text.removesuffix(unit)) * units[unit]
    except ValueError as error:
        raise argparse.ArgumentTypeError(
            f"must be a time such as 90, 90s, 5min or 2h; got {text}"
        ) from error


def parse_channel_counts(text: str) -> tuple[int, ...]:
    """Read whole numbers between commas, such as 128,64,32,16."""
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError as error:
        raise argparse.ArgumentTypeError(
            f"must be whole numbers between commas, such as 128,64,32,16; got {text}"
        ) from error


def parse_path(text: str) -> Path:
    """Return a path; an empty one is a variable that was not set, not this folder."""
    return Path(parse_non_empty(text))


def parse_non_empty(text: str) -> str:
    """Return a text that is not empty."""
    if not text:
        raise argparse.ArgumentTypeError("must not be empty")
    return text


def parse_positive_int(text: str) -> int:
    """Return a whole number above 0."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(
            f"must be a whole number of at least 1; got {text}"
        )
    return int(text)


def add_engine_option(parser: argparse.ArgumentParser) -> None:
    """Add the options that choose the runtime."""
    parser.add_argument(
        "--engine",
        choices=("auto", "litert", "keras"),
        default="auto",
        help="litert: CPU; keras: TensorFlow, on a GPU where there is one",
    )


def config_from_args(
    args: argparse.Namespace, config: type[Config], defaults: Config | None = None
) -> Config:
    """Make a dataclass from the options that were given; the rest are defaults.

    Parameters
    ----------
    args : argparse.Namespace
    config : type
    defaults : instance of `config`, optional
        Its values are taken where no option was given.
    """
    given = vars(args)
    hints = get_type_hints(config)
    values: dict[str, Any] = {}
    for item in fields(config):  # type: ignore[arg-type]
        hint = hints[item.name]
        if is_dataclass(hint) and isinstance(hint, type):
            part = None if defaults is None else getattr(defaults, item.name)
            values[item.name] = config_from_args(args, hint, part)
        elif item.name in given:
            values[item.name] = given[item.name]
        elif defaults is not None:
            values[item.name] = getattr(defaults, item.name)
    return config(**values)
