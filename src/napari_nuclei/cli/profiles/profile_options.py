"""The settings of a profile as options of a command, and back.

The declarations of the options are the only table of settings: a setting has the name
of its option, with underscores for hyphens, and the value that follows the option.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NoReturn

from napari_nuclei.cli.command_parser import CommandParser, warn_renamed
from napari_nuclei.cli.profiles.profile_file import Setting

NOT_IN_PROFILES = frozenset(
    ("help", "output", "all_nuclei", "save_profile", "workers", "scheduler")
)
"""Options that belong to one run on one machine."""


class ProfileParser(CommandParser):
    """Parse settings; a mistake raises ValueError instead of ending the program.

    Attributes
    ----------
    source : str
        Where the settings come from; the beginning of messages.
    """

    source = "The settings"

    def error(self, message: str) -> NoReturn:
        """Raise ValueError with the message."""
        raise ValueError(f"{self.source}: {message.removeprefix('argument ')}")


def find_option(parser: CommandParser, name: str) -> argparse.Action | None:
    """Return the option of a setting, by its present or old name; None without one."""
    text = "--" + present_name(parser, name).replace("_", "-")
    return next(
        (action for action in parser._actions if text in action.option_strings), None
    )


def present_name(parser: CommandParser, name: str) -> str:
    """Return the present name of a setting that may have been renamed."""
    option = "--" + name.replace("_", "-")
    if option not in parser.renamed:
        return name
    return setting_name_of(parser.renamed[option])


def setting_name_of(option: str) -> str:
    """Return the name of the setting of an option.

    Examples
    --------
    >>> setting_name_of("--min-confidence")
    'min_confidence'
    """
    return option.removeprefix("--").replace("-", "_")


def main_option(action: argparse.Action) -> str:
    """Return the first long name of an option; empty for other arguments."""
    return next((name for name in action.option_strings if name[:2] == "--"), "")


def list_settings(parser: CommandParser) -> Iterator[argparse.Action]:
    """Yield the options of a command that a profile may hold."""
    for action in parser._actions:
        if main_option(action) and action.dest not in NOT_IN_PROFILES:
            yield action


def check_settings(
    parser: CommandParser, settings: Mapping[str, Setting], source: str
) -> None:
    """Raise ValueError if a profile has a setting that the command does not have.

    The message names the most similar setting. A setting under both its old and its
    present name is an error too.
    """
    names = [setting_name_of(main_option(action)) for action in list_settings(parser)]
    for name in settings:
        action = find_option(parser, name)
        present = present_name(parser, name)
        if present != name and present in settings:
            raise ValueError(
                f"{source} has both {present} and its old name {name}; use {present} "
                "alone"
            )
        if action is not None and action.dest not in NOT_IN_PROFILES:
            continue
        if action is not None:
            raise ValueError(
                f"{source}: {name} is not stored in a profile. Give {action.metavar} "
                f"to the command: {main_option(action)}"
            )
        near = get_close_matches(name.lower().replace("-", "_"), names, 1)
        hint = f"did you mean {near[0]}?" if near else f"choose from {', '.join(names)}"
        raise ValueError(f"{source}: there is no setting {name}; {hint}")


def words_of_settings(
    parser: CommandParser, settings: Mapping[str, Setting], source: str
) -> list[str]:
    """Return settings as words of a command line; print a line for each old name.

    Parameters
    ----------
    parser : CommandParser
        Parser of the command.
    settings : dict of str to setting
    source : str
        Where they come from, for messages.

    Raises
    ------
    ValueError
        If the command has no option of a name, or a value does not fit its option.
    """
    words: list[str] = []
    for name, value in settings.items():
        action = find_option(parser, name)
        if action is None:
            check_settings(parser, {name: value}, source)
            continue
        if (present := present_name(parser, name)) != name:
            warn_renamed(name, present)
        words += words_of_option(parser, action, value, f"{source}: {name}")
    return words


def words_of_option(
    parser: CommandParser, action: argparse.Action, value: Setting, source: str
) -> list[str]:
    """Return an option and its value as words of a command line."""
    option = main_option(action)
    if action.nargs == 0:
        if not isinstance(value, bool):
            raise ValueError(f"{source} must be true or false; got {value!r}")
        if value:
            return [option]
        # A plain flag is off unless it is given.
        return [name for name in action.option_strings if name.startswith("--no-")]
    if isinstance(value, bool):
        raise ValueError(f"{source} must not be true or false; give its value")
    if not isinstance(value, list):
        return [f"{option}={value}"]
    texts = [str(item) for item in value]
    if option in parser.lists:
        return [f"{option}={','.join(texts)}"] if texts else []
    if is_repeated(action):
        return [f"{option}={text}" for text in texts]
    if action.nargs == "+":
        return [option, *texts] if texts else []
    raise ValueError(f"{source} takes one value, not a list")


def is_repeated(action: argparse.Action) -> bool:
    """Return whether an option may be given several times."""
    return isinstance(action, argparse._AppendAction)


def settings_from_args(
    parser: CommandParser, args: argparse.Namespace, *, all_options: bool = False
) -> dict[str, Setting]:
    """Return the options that were given on a command line as settings.

    Parameters
    ----------
    parser : CommandParser
        Declares the options.
    args : argparse.Namespace
        What this parser, or another one with these options, returned.
    all_options : bool
        Return also the options that profiles do not hold.
    """
    return {
        setting_name_of(main_option(action)): value_of_option(parser, args, action)
        for action in parser._actions
        if action.dest in args.given
        and main_option(action)
        and (all_options or action.dest not in NOT_IN_PROFILES)
    }


def value_of_option(
    parser: CommandParser, args: argparse.Namespace, action: argparse.Action
) -> Setting:
    """Return the value of an option as a profile holds it."""
    if action.nargs == 0:
        return bool(getattr(args, action.dest))
    texts = args.given[action.dest]
    if main_option(action) in parser.lists:
        return [word for text in texts for word in text.split(",")]
    if is_repeated(action) or action.nargs == "+":
        return [*texts]
    return as_number(texts[-1])


def as_number(text: str) -> Setting:
    """Return a number if its text is the usual one; any other text as it is.

    Examples
    --------
    >>> as_number("0.5"), as_number("24"), as_number("9um"), as_number("007")
    (0.5, 24, '9um', '007')
    """
    for kind in (int, float):
        try:
            number = kind(text)
        except ValueError:
            continue
        if str(number) == text and text not in ("inf", "-inf", "nan"):
            return number
    return text


def group_settings(
    parser: CommandParser, settings: Mapping[str, Setting]
) -> dict[str, dict[str, Setting]]:
    """Return settings by the titles under which the help lists their options."""
    return {
        str(group.title): {
            name: settings[name]
            for action in group._group_actions
            if (name := setting_name_of(main_option(action))) in settings
        }
        for group in parser._action_groups
    }


def make_settings_parser(
    add_command: Callable[[Any], object], source: str | Path = ProfileParser.source
) -> ProfileParser:
    """Return the parser of a command for settings that are not typed in a shell.

    Parameters
    ----------
    add_command : callable
        Adds the command to the commands of a parser.
    source : str or Path
        Where the settings come from, for messages.
    """

    class Commands:
        """Stand in for the commands of the program."""

        def add_parser(self, name: str, help: str, **settings: Any) -> ProfileParser:
            """Return the parser of a command."""
            parsers.append(ProfileParser(prog=name, **settings))
            return parsers[-1]

    parsers: list[ProfileParser] = []
    add_command(Commands())
    parsers[0].source = str(source)
    return parsers[0]
