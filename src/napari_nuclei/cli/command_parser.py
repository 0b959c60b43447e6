"""The argument parser of all commands: grouped help, short errors, renamed options."""

from __future__ import annotations

import argparse
import os
import shlex
import sys
from collections.abc import Collection, Sequence
from difflib import get_close_matches
from typing import Any, NoReturn

from napari_nuclei.core.errors import format_error

PROGRAM = "napari-nuclei"


class CommandParser(argparse.ArgumentParser):
    """Parse a command line.

    The help lists the options in named groups and ends with examples. A mistake is
    reported in one line and ends the program with exit code 2. ``@FILE`` is replaced by
    the arguments in a file; its lines are split into words as in a shell. The
    attribute `given` of the result holds the texts of the options that were given, by
    the name of their attribute.

    Parameters
    ----------
    groups : sequence of str
        Titles of the groups, in the order of the help. The last group contains ``-h``.
        Without groups, call `add_help_group` after adding the commands.
    examples : sequence of str
        Command lines shown at the end of the help.
    **settings
        Arguments of `argparse.ArgumentParser`.

    Attributes
    ----------
    renamed : dict of str to str
        Present name of each renamed option or action, by its old name. An old name
        still works and prints one line.
    renamed_values : dict of (str, str) to str
        Present value of an option, by its present name and its old value.
    lists : dict of str to collection of str
        Allowed words of each option that takes several words.
    trailing : str, optional
        Name of a positional argument that also takes the words after the options.
    """

    def __init__(
        self,
        *,
        groups: Sequence[str] = ("Options",),
        examples: Sequence[str] = (),
        **settings: Any,
    ) -> None:
        if examples:
            lines = "\n".join(f"  {example}" for example in examples)
            settings["epilog"] = f"Examples:\n{lines}"
        super().__init__(
            fromfile_prefix_chars="@",
            add_help=False,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            **settings,
        )
        self._groups = {title: self.add_argument_group(title) for title in groups[:-1]}
        for title in groups[-1:]:
            self.add_help_group(title)
        self.renamed: dict[str, str] = {}
        self.renamed_values: dict[tuple[str, str], str] = {}
        self.lists: dict[str, Collection[str]] = {}
        self.trailing: str | None = None
        self._given: dict[str, list[str]] = {}

    def add_help_group(self, title: str) -> None:
        """Add a group that holds ``-h``."""
        group = self._groups[title] = self.add_argument_group(title)
        group.add_argument("-h", "--help", action="help", help="print this help")

    def group(self, title: str) -> argparse._ArgumentGroup:
        """Return the group of options with this title."""
        return self._groups[title]

    def run_help(self, args: argparse.Namespace) -> int:
        """Print the help in place of a command; return exit code 0."""
        self.print_help()
        return 0

    def format_help(self) -> str:
        """Return the help, coloured if it is printed to a terminal."""
        if not shows_colours():
            return super().format_help()
        # Imported here: a command that prints no help must not wait for it.
        from rich_argparse import RawDescriptionRichHelpFormatter

        class Formatter(RawDescriptionRichHelpFormatter):
            group_name_formatter = str
            # Square brackets hold defaults; rich would read them as markup.
            help_markup = False
            text_markup = False

        plain, self.formatter_class = self.formatter_class, Formatter
        try:
            return super().format_help()
        finally:
            self.formatter_class = plain

    def error(self, message: str) -> NoReturn:
        """Print one line that says what is wrong, and exit with code 2."""
        problem = sys.exception()
        if isinstance(problem, OSError):  # argparse prints its number too
            message = f"The argument file cannot be read: {format_error(problem)}"
        missing = "the following arguments are required: "
        if message.startswith(missing):
            message = f"Missing {message.removeprefix(missing)}"
        message = message.removeprefix("argument ")
        message = message[:1].upper() + message[1:]
        stop = "" if message.endswith("?") else "."
        self.exit(2, f"{self.prog}: {message}{stop} See {self.prog} --help\n")

    def convert_arg_line_to_args(self, arg_line: str) -> list[str]:
        """Split a line of an argument file; a # begins a comment."""
        return shlex.split(arg_line, comments=True)

    def parse_known_args(  # type: ignore[override]
        self, args: Sequence[str] | None = None, namespace: Any = None
    ) -> tuple[argparse.Namespace, list[str]]:
        """Parse arguments under their present and old names; report unknown ones."""
        words = list(sys.argv[1:] if args is None else args)
        self._given = {}
        # A shell expands ~ at the beginning of a word only.
        words = [
            "@" + os.path.expanduser(word[1:]) if word.startswith("@~") else word
            for word in words
        ]
        words = self._join_lists(self._replace_old_names(words))
        parsed, unknown = super().parse_known_args(words, namespace)
        if not hasattr(parsed, "given"):  # the parser of a command has set it
            parsed.given = self._given
        if (
            unknown
            and self.trailing
            and not any(word.startswith("-") for word in unknown)
        ):
            getattr(parsed, self.trailing).extend(self._read_trailing(unknown))
        elif unknown:
            self.error(self._describe_unknown(unknown))
        return parsed, []

    def _get_values(self, action: argparse.Action, arg_strings: list[str]) -> Any:
        """Return the value of an argument; remember its text."""
        if action.option_strings:
            earlier: list[str] = []
            if isinstance(action, argparse._AppendAction):
                earlier = self._given.get(action.dest, [])
            self._given[action.dest] = [*earlier, *arg_strings]
        return super()._get_values(action, arg_strings)

    def _read_trailing(self, words: Sequence[str]) -> list[Any]:
        """Return the values of words after the options, for the argument `trailing`."""
        action = next(
            action for action in self._actions if action.dest == self.trailing
        )
        try:
            return [self._get_value(action, word) for word in words]
        except argparse.ArgumentError as error:
            self.error(str(error))

    def _replace_old_names(self, words: list[str]) -> list[str]:
        """Return the words with present names; print a line for each old one."""
        end = words.index("--") if "--" in words else len(words)
        result: list[str] = []
        for number, word in enumerate(words[:end]):
            name, equals, value = word.partition("=")
            # The name of an action comes first; elsewhere the word is a value.
            if name in self.renamed and (name.startswith("-") or number == 0):
                new = self.renamed[name]
                warn_renamed(name, new)
                name, word = new, new + equals + value
            option = name if equals else (result[-1] if result else "")
            value = value if equals else word
            if (option, value) in self.renamed_values:
                new = self.renamed_values[option, value]
                warn_renamed(f"{option} {value}", f"{option} {new}")
                word = f"{option}={new}" if equals else new
            result.append(word)
        return [*result, *words[end:]]

    def _join_lists(self, words: list[str]) -> list[str]:
        """Join the words of each option in `lists` by commas.

        The first word always belongs to the option. Further words are joined only if
        the option allows them, because a file name may follow.
        """
        result: list[str] = []
        option = ""  # the option that the next words belong to
        for word in words:
            if option and result[-1] == option and not word.startswith("-"):
                result.append(word)
            elif option and word in self.lists[option]:
                result[-1] += f",{word}"
            else:
                result.append(word)
                name = word.partition("=")[0]
                option = name if name in self.lists else ""
        return result

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        """Raise ArgumentError unless a value is a choice; name the nearest choice."""
        if action.choices is None or value in action.choices:
            return
        choices = [str(choice) for choice in action.choices]
        nearest = get_close_matches(str(value), choices, 1)
        hint = f", did you mean {nearest[0]}?" if nearest else ""
        raise argparse.ArgumentError(
            action, f"must be one of {', '.join(choices)}; got {value}{hint}"
        )

    def _describe_unknown(self, words: Sequence[str]) -> str:
        """Return a message about words that no argument takes."""
        names = [word.partition("=")[0] for word in words if word.startswith("-")]
        if not names:
            return f"too many arguments: {' '.join(words)}"
        options = [name for action in self._actions for name in action.option_strings]
        nearest = get_close_matches(names[0], options, 1)
        hint = f", did you mean {nearest[0]}?" if nearest else ""
        return f"there is no option {names[0]}{hint}"


def shows_colours() -> bool:
    """Return whether to print colours: to terminals, unless the environment says no.

    The variables are those of most programs: NO_COLOR, FORCE_COLOR and TERM.
    """
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return bool(os.environ.get("FORCE_COLOR")) or sys.stdout.isatty()


def warn_renamed(old: str, new: str) -> None:
    """Print one line with the new name of a renamed option or action."""
    print(f"{PROGRAM}: {old} is now {new}", file=sys.stderr)
