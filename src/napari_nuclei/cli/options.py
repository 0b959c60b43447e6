"""Make command line options from the fields of settings, and settings from options."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from napari_nuclei.cli.argument_types import (
    expand_home,
    parse_channel_counts,
    parse_duration,
    parse_float,
    parse_int,
    parse_positive_int,
)
from napari_nuclei.cli.command_parser import CommandParser
from napari_nuclei.config.fields import RENAMED, RENAMED_VALUES
from napari_nuclei.config.fine_tuning import NO_LIMIT
from napari_nuclei.io.checks.pixel_limit import MAX_PIXELS

Config = TypeVar("Config")

METAVARS = {
    "decoder": "N,N,N,N",
    "distill_from": "MODEL",
    "encoder_weights": "FILE",
}
"""Placeholders of values in the help, if the name of the field is not clear."""

UNSET = {
    "budget": "no limit",
    "distill_from": "none",
    "encoder_weights": "random",
    "frame_interval": "not stated",
    "max_size": "no limit",
    "min_confidence": "as in the model card",
    "min_size": "as in the model card",
    "probability": "as in the model card",
    "splitting": "as in the model card",
}
"""What the help shows for a default of None; "automatic" for all other fields."""

UNLIMITED = {"epochs": "until the budget ends", "patience": "never"}
"""What the help shows for a default of `NO_LIMIT`."""


def option_name(field: str) -> str:
    """Return the option of a field.

    Examples
    --------
    >>> option_name("drop_border")
    '--drop-border'
    """
    return "--" + field.replace("_", "-")


def add_options(
    parser: CommandParser,
    config: type[Any],
    title: str,
    titles: Mapping[str, str] | None = None,
    *,
    variants: Mapping[str, Any] | None = None,
) -> None:
    """Add an option for every field that has a help text.

    Parameters
    ----------
    parser : CommandParser
    config : type
        A settings dataclass. Fields that are settings themselves add their options.
    title : str
        Title of the group that the options belong to.
    titles : mapping of str to str, optional
        Title of another group, by name of the field. If the field holds settings, all
        their options go into that group.
    variants : mapping of str to instance of `config`, optional
        Other defaults, by the condition under which they apply, such as "with --from".
        The help shows all defaults of a field that differ.
    """
    titles, variants = titles or {}, variants or {}
    defaults, hints = config(), get_type_hints(config)
    for item in fields(config):
        hint = hints[item.name]
        group = titles.get(item.name, title)
        if is_dataclass(hint) and isinstance(hint, type):
            nested = {when: getattr(v, item.name) for when, v in variants.items()}
            add_options(parser, hint, group, titles, variants=nested)
        elif item.metadata:
            values = {when: getattr(v, item.name) for when, v in variants.items()}
            default = getattr(defaults, item.name)
            shown = describe_defaults(item.name, default, values)
            add_option(parser.group(group), item, hint, shown)
            add_old_names(parser, config, item.name, hint)


def add_option(
    group: argparse._ArgumentGroup, item: Field[Any], hint: Any, shown: str
) -> None:
    """Add the option of one field; `shown` is its default in the help."""
    choices = item.metadata["choices"]
    text = f"{item.metadata['help']} [{shown}]".replace("%", "%%")
    parse = choose_type(item.name, hint)
    settings: dict[str, Any] = {
        "dest": item.name,
        "default": argparse.SUPPRESS,
        "help": text,
    }
    if hint is bool:
        settings["action"] = argparse.BooleanOptionalAction
    elif choices:
        settings["choices"] = choices
    else:
        metavars = {parse_int: "N", parse_float: "X", parse_duration: "TIME"}
        metavar = METAVARS.get(item.name, item.name.upper())
        settings["type"] = parse
        settings["metavar"] = metavars.get(parse, metavar)
    group.add_argument(option_name(item.name), **settings)


def add_old_names(
    parser: CommandParser, config: type[Any], name: str, hint: Any
) -> None:
    """Let the parser accept old names and old values of the option of a field."""
    owner, new = config.__name__, option_name(name)
    renamed = RENAMED.get(owner, {})
    for old_name in (old for old, present in renamed.items() if present == name):
        old = option_name(old_name)
        parser.renamed[old] = new
        if hint is bool:
            parser.renamed[f"--no-{old[2:]}"] = f"--no-{new[2:]}"
    for value, present in RENAMED_VALUES.get(owner, {}).get(name, {}).items():
        parser.renamed_values[new, value] = present


def choose_type(name: str, hint: Any) -> Any:
    """Return the function that reads the value of a field from text."""
    if name == "budget":
        return parse_duration
    if get_origin(hint) is tuple:
        return parse_channel_counts
    kinds = get_args(hint) or (hint,)
    if str in kinds:
        return expand_home
    return parse_float if float in kinds else parse_int


def describe_defaults(name: str, default: Any, variants: Mapping[str, Any]) -> str:
    """Return the defaults of a field as the help shows them.

    Examples
    --------
    >>> describe_defaults("epochs", 40, {"with --from": 1000})
    '40; with --from: 1000'
    """
    parts = [format_value(name, default)]
    for when, value in variants.items():
        if value != default:
            parts.append(f"{when}: {format_variant(name, value)}")
    return "; ".join(parts)


def format_variant(name: str, value: Any) -> str:
    """Return a default as the help shows it; words if only the budget limits it.

    Examples
    --------
    >>> format_variant("epochs", NO_LIMIT), format_variant("epochs", 40)
    ('until the budget ends', '40')
    """
    if value == NO_LIMIT and name in UNLIMITED:
        return UNLIMITED[name]
    return format_value(name, value)


def format_value(name: str, value: Any) -> str:
    """Return the value of a field as it is written on the command line.

    Examples
    --------
    >>> format_value("budget", 90.0), format_value("flip", True)
    ('90s', 'on')
    """
    if value is None or value is MISSING:
        return UNSET.get(name, "automatic")
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    text = f"{value:g}" if isinstance(value, float) else str(value)
    return f"{text}s" if name == "budget" else text


def list_changes(args: argparse.Namespace, config: Any, defaults: Any) -> list[str]:
    """Return the settings that options changed.

    Parameters
    ----------
    args : argparse.Namespace
        The given options.
    config, defaults : instances of one settings dataclass

    Returns
    -------
    list of str
        Such as ``"batch 8"``, with the names of the options. Nested settings count.
    """
    changes: list[str] = []
    for item in fields(config):
        value, default = getattr(config, item.name), getattr(defaults, item.name)
        if is_dataclass(value):
            changes += list_changes(args, value, default)
        elif item.name in args and value != default:
            name = option_name(item.name).removeprefix("--")
            changes.append(f"{name} {format_variant(item.name, value)}")
    return changes


def add_max_pixels_option(group: argparse._ArgumentGroup) -> None:
    """Add the option that limits the pixels of a file."""
    group.add_argument(
        "--max-pixels",
        type=parse_positive_int,
        default=MAX_PIXELS,
        metavar="N",
        help=f"refuse files of more pixels than this, over all planes [{MAX_PIXELS}]",
    )


def add_engine_option(group: argparse._ArgumentGroup) -> None:
    """Add the option that chooses the runtime of the network."""
    group.add_argument(
        "--engine",
        choices=("auto", "litert", "onnx", "keras"),
        default="auto",
        help="runtime of the network; litert: CPU; onnx: ONNX Runtime, and keras: "
        "TensorFlow, which use a GPU if there is one [auto]",
    )


def config_from_args(
    args: argparse.Namespace, config: type[Config], defaults: Config | None = None
) -> Config:
    """Return settings from the given options, and defaults for the other fields.

    Parameters
    ----------
    args : argparse.Namespace
    config : type
    defaults : instance of `config`, optional
        Values of fields without a given option; None uses the defaults of `config`.
    """
    options = vars(args)
    hints = get_type_hints(config)
    values: dict[str, Any] = {}
    for item in fields(config):  # type: ignore[arg-type]
        hint = hints[item.name]
        if is_dataclass(hint) and isinstance(hint, type):
            nested_defaults = None if defaults is None else getattr(defaults, item.name)
            values[item.name] = config_from_args(args, hint, nested_defaults)
        elif item.name in options:
            values[item.name] = options[item.name]
        elif defaults is not None:
            values[item.name] = getattr(defaults, item.name)
    return config(**values)
