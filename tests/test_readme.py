"""The README's commands and code do what it says."""

import re
import shlex
from pathlib import Path

import pytest

from napari_nuclei.cli import main

README = Path(__file__).resolve().parent.parent / "README.md"


def blocks(language: str) -> list[str]:
    text = README.read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.S | re.M)


def test_python_blocks_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    found = blocks("python")
    assert found
    for block in found:
        exec(compile(block, str(README), "exec"), names)


def test_first_command_segments_the_samples(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    command = blocks("bash")[0].split("&&")[-1]
    program, *arguments = shlex.split(command)
    assert program == "napari-nuclei"
    assert main(arguments) == 0
    printed = capsys.readouterr().out
    assert re.search(r"fluorescence\.tif: \d+ nuclei in [\d.]+ s", printed)
    for written in re.findall(r"^  (\S+)$", printed, re.M):
        assert (tmp_path / written).stat().st_size > 0


def test_every_option_of_the_readme_exists() -> None:
    from napari_nuclei.cli import make_parser

    lines = [line for block in blocks("bash") for line in block.splitlines()]
    commands = [line for line in lines if line.startswith("napari-nuclei ")]
    assert commands
    for line in commands:
        make_parser().parse_args(shlex.split(line, comments=True)[1:])
