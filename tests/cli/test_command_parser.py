from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from napari_nuclei.cli.argument_types import parse_non_empty
from napari_nuclei.cli.command_parser import CommandParser


@pytest.fixture
def parser() -> CommandParser:
    """Return a parser of one command with files, a list of colours and old names."""
    parser = CommandParser(
        prog="paint",
        usage="paint FILE [FILE ...] [options]",
        groups=("Files", "Style"),
        examples=("paint a.png",),
    )
    files = parser.group("Files")
    files.add_argument("files", nargs="+", type=parse_non_empty, metavar="FILE")
    parser.trailing = "files"
    style = parser.group("Style")
    style.add_argument("--colours", help="colours [blue]")
    style.add_argument("--width", help="width in pixels [1]")
    style.add_argument("--blend-mode", choices=("add", "over"))
    parser.lists["--colours"] = ("red", "green", "blue")
    parser.renamed |= {"--thickness": "--width", "--mix": "--blend-mode"}
    parser.renamed_values["--blend-mode", "sum"] = "add"
    return parser


LISTS: dict[str, tuple[str, list[str], str | None]] = {
    "list first": ("--colours red green a.png", ["a.png"], "red,green"),
    "list last": ("a.png --colours red green", ["a.png"], "red,green"),
    "list between files": ("a.png --colours red b.png", ["a.png", "b.png"], "red"),
    "option between files": ("a.png --width 2 b.png", ["a.png", "b.png"], None),
    "commas": ("--colours red,green a.png", ["a.png"], "red,green"),
    "equals sign": ("--colours=red green a.png", ["a.png"], "red,green"),
    "unknown first word": ("--colours pink a.png", ["a.png"], "pink"),
    "a file named as a colour": ("--colours red -- green", ["green"], "red"),
}


@pytest.mark.parametrize(("words", "files", "colours"), LISTS.values(), ids=LISTS)
def test_files_and_the_words_of_a_list_are_distinguished(
    parser: CommandParser, words: str, files: list[str], colours: str | None
) -> None:
    args = parser.parse_args(words.split())
    assert args.files == files
    assert args.colours == colours


RENAMED: dict[str, tuple[str, str, str]] = {
    "option": ("--thickness 3", "--width 3", "--thickness is now --width"),
    "option=value": ("--thickness=3", "--width 3", "--thickness is now --width"),
    "value": (
        "--blend-mode sum",
        "--blend-mode add",
        "--blend-mode sum is now --blend-mode add",
    ),
    "option=old value": (
        "--blend-mode=sum",
        "--blend-mode add",
        "--blend-mode sum is now --blend-mode add",
    ),
}


@pytest.mark.parametrize(("old", "new", "line"), RENAMED.values(), ids=RENAMED)
def test_an_old_name_works_and_prints_one_line(
    parser: CommandParser,
    capsys: pytest.CaptureFixture[str],
    old: str,
    new: str,
    line: str,
) -> None:
    expected = parser.parse_args(["a.png", *new.split()])
    assert capsys.readouterr().err == ""
    assert parser.parse_args(["a.png", *old.split()]) == expected
    assert capsys.readouterr().err == f"napari-nuclei: {line}\n"


def test_an_old_option_with_an_old_value_prints_both_lines(
    parser: CommandParser, capsys: pytest.CaptureFixture[str]
) -> None:
    assert parser.parse_args(["a.png", "--mix", "sum"]).blend_mode == "add"
    assert capsys.readouterr().err.count("\n") == 2


def test_an_old_name_after_two_dashes_is_a_file(
    parser: CommandParser, capsys: pytest.CaptureFixture[str]
) -> None:
    assert parser.parse_args(["--", "--thickness"]).files == ["--thickness"]
    assert capsys.readouterr().err == ""


WRONG = {
    "--width 3": "paint: Missing FILE. See paint --help\n",
    "a.png --widht 3": "paint: There is no option --widht, did you mean --width? "
    "See paint --help\n",
    "a.png --zebra": "paint: There is no option --zebra. See paint --help\n",
    "a.png --blend-mode ad": "paint: --blend-mode: must be one of add, over; got ad, "
    "did you mean add? See paint --help\n",
    "a.png --blend-mode 3": "paint: --blend-mode: must be one of add, over; got 3. "
    "See paint --help\n",
    "a.png --width": "paint: --width: expected one argument. See paint --help\n",
    "--colours": "paint: --colours: expected one argument. See paint --help\n",
}


@pytest.mark.parametrize(("words", "line"), WRONG.items(), ids=WRONG)
def test_a_mistake_is_one_line_and_code_2(
    parser: CommandParser, capsys: pytest.CaptureFixture[str], words: str, line: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        parser.parse_args(words.split())
    assert ended.value.code == 2
    assert capsys.readouterr().err == line


def test_a_file_after_the_options_is_checked_like_the_others(
    parser: CommandParser, capsys: pytest.CaptureFixture[str]
) -> None:
    for words in (["a.png", "", "--width", "2"], ["a.png", "--width", "2", ""]):
        with pytest.raises(SystemExit):
            parser.parse_args(words)
        error = capsys.readouterr().err
        assert error == "paint: FILE: must not be empty. See paint --help\n"


def test_the_help_lists_groups_in_order_and_ends_with_examples(
    parser: CommandParser,
) -> None:
    text = parser.format_help()
    titles = ["usage: paint FILE", "\nFiles:\n", "\nStyle:\n", "\nExamples:\n"]
    starts = [text.index(title) for title in titles]
    assert starts == sorted(starts)
    assert "--help" in text[starts[2] :]
    assert text.endswith("Examples:\n  paint a.png\n")


def test_the_help_has_the_same_words_with_and_without_colours(
    parser: CommandParser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("NO_COLOR", "1")
    plain = parser.format_help()
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    coloured = parser.format_help()
    assert "\x1b[" not in plain
    assert "\x1b[" in coloured
    from rich.text import Text

    words = Text.from_ansi(coloured).plain.lower().split()
    assert words == plain.lower().split()


def test_no_terminal_means_no_colours_and_no_import_of_rich(
    new_process: Callable[[str], str],
) -> None:
    code = (
        "import sys; from napari_nuclei.cli import main\nmain([]); print(*sys.modules)"
    )
    assert not any(name.startswith("rich") for name in new_process(code).split())


def test_an_argument_file_stands_for_its_words(
    parser: CommandParser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "style.args"
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    path.write_text("# wide lines\n--width 5  # px\n\n--colours 'red'\n")
    for name in (path, "~/style.args"):
        args = parser.parse_args(["a.png", f"@{name}"])
        assert (args.width, args.colours) == ("5", "red")


def test_the_words_of_the_process_are_the_default(
    parser: CommandParser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["paint", "a.png", "--width", "2"])
    assert parser.parse_args().width == "2"
