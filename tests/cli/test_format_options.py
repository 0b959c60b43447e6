from __future__ import annotations

from pathlib import Path

import pytest

from napari_nuclei.cli.command_parser import CommandParser
from napari_nuclei.cli.format_options import (
    add_format_options,
    describe_choice,
    selected_formats,
)
from napari_nuclei.io.writers import WRITERS


@pytest.fixture
def parser() -> CommandParser:
    parser = CommandParser(prog="p", groups=("Output",))
    add_format_options(parser)
    parser.group("Output").add_argument("-o", dest="output", type=Path)
    return parser


SELECTED: dict[str, tuple[str, tuple[str, ...]]] = {
    "nothing": ("", ("labels",)),
    "short forms": ("--overlay --table", ("labels", "csv", "overlay")),
    "formats": ("--format png mask", ("png", "mask")),
    "formats with commas": ("--format png,mask", ("png", "mask")),
    "formats twice": ("--format png --format mask png", ("png", "mask")),
    "a file": ("-o nuclei.geojson", ("geojson",)),
    "a file and a short form": ("-o mask.tif --table", ("labels", "csv")),
    "a file and formats": ("-o mask.png --format mask", ("mask",)),
    "a name that states its format": ("-o cells_mask.png", ("mask",)),
    "a name of a submission": ("-o submission.csv", ("kaggle",)),
    "a picture": ("-o cells.png", ("png",)),
    "a folder": ("-o results", ("labels",)),
    "formats and a short form": ("--format geojson --table", ("geojson", "csv")),
}


@pytest.mark.parametrize(("words", "formats"), SELECTED.values(), ids=SELECTED)
def test_formats_are_selected_once_each(
    parser: CommandParser, words: str, formats: tuple[str, ...]
) -> None:
    assert selected_formats(parser.parse_args(words.split())) == formats


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("a.png", "a.png: format png, PNG of 16 bits, one number per nucleus (or "),
        (
            "mask.png",
            "mask.png: format mask, binary PNG, 255 in nuclei (or --format png",
        ),
        ("mask.tif", "mask.tif: format labels, TIFF, one number per nucleus (or "),
        ("labels.tif", ""),
        ("labels.png", ""),
        ("nuclei.geojson", ""),
        ("results", ""),
    ],
)
def test_a_format_that_a_name_leaves_open_is_said(name: str, line: str) -> None:
    found = describe_choice(Path(name), None)
    assert found.startswith(line) and bool(found) == bool(line)
    assert describe_choice(Path(name), ["png"]) == ""


def test_the_help_describes_every_format(parser: CommandParser) -> None:
    text = " ".join(parser.format_help().split())
    for writer in WRITERS:
        assert f"{writer.name}: {writer.description}" in text


@pytest.mark.parametrize("words", ["--format tiff", "--format labels,tiff"])
def test_an_unknown_format_is_reported_with_the_available_ones(
    parser: CommandParser, capsys: pytest.CaptureFixture[str], words: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        parser.parse_args(words.split())
    assert ended.value.code == 2
    error = capsys.readouterr().err
    assert "--format: there is no format tiff; choose from labels, png" in error
