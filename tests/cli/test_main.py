from __future__ import annotations

import io
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from napari_nuclei import __version__
from napari_nuclei.cli import main
from napari_nuclei.cli.models import models_command as models
from napari_nuclei.cli.parser import make_parser

CommandLine = Callable[..., tuple[int, str, str]]


def test_the_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out.strip() == __version__


WRONG = {
    "segment": "Missing INPUT",
    "segment -o out": "Missing INPUT",
    "segment --format labels png": "Missing INPUT",
    "segment a.png --format paint": "--format: there is no format paint; choose from",
    "segment a.png -o out --tile big": "--tile: must be a whole number; got big",
    "segment a.png -o out --probability low": "--probability: must be a number",
    "segment a.png -o out --engine fast": "--engine: must be one of auto, litert",
    "segment a.png -o out --chanel 1": "There is no option --chanel, did you mean "
    "--channel?",
    "segment a.png --output=": "-o/--output: must not be empty",
    "segment -o out --model= a.png": "--model: must not be empty",
    "segment a.png -o out --workers 0": "--workers: must be a whole number of at least",
    "segment a.png -o out --block -2": "--block: must be a whole number of at least 1",
    "train data": "Missing --name",
    "train data --name new --budget soon": "--budget: must be a duration such as 90",
    "train data --name new --decoder 8,eight": "--decoder: must be whole numbers",
    "models rename old new more": "Too many arguments: more",
    "evaluate": "Missing DATA",
    "evaluate data --output=": "-o/--output: must not be empty",
    "models rename old": "Missing NEW",
    "models info": "Missing MODEL",
    "models paint": "ACTION: must be one of list, info",
    "segmnet a.png": "got segmnet, did you mean segment?",
    "paint": "COMMAND: must be one of demo, segment, run, measure, track",
    "--colour": "There is no option --colour",
}


@pytest.mark.parametrize(("words", "message"), WRONG.items(), ids=WRONG)
def test_a_wrong_command_line_prints_one_line_and_ends_with_code_2(
    words: str,
    message: str,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    own_models: Path,
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words.split())
    assert ended.value.code == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert error.startswith("napari-nuclei")
    assert message in error
    program = error.partition(":")[0]
    assert error.endswith(f" See {program} --help\n")
    command = words.split()[0]
    if command in ("segment", "train", "evaluate", "models"):
        assert program.startswith(f"napari-nuclei {command}")
    assert not own_models.exists()


@pytest.mark.parametrize("words", ["", "models"], ids=["no command", "no action"])
def test_no_command_prints_the_help(
    words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words.split()) == 0
    captured = capsys.readouterr()
    with pytest.raises(SystemExit):
        main([*words.split(), "--help"])
    assert captured.err == ""
    assert captured.out == capsys.readouterr().out
    assert captured.out.startswith("usage: napari-nuclei")


@pytest.mark.parametrize(
    "words",
    [
        "",
        *("segment", "train", "evaluate", "demo", "models", "models list"),
        *("models info", "models import", "models export", "models rename"),
        *("models remove", "models quantize"),
    ],
    ids=lambda words: words or "all",
)
def test_the_help_of_a_command_ends_with_examples_that_can_be_parsed(
    words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*words.split(), "--help"])
    assert ended.value.code == 0
    text = capsys.readouterr().out
    assert text.startswith(f"usage: napari-nuclei {words}".rstrip())
    assert max(map(len, text.splitlines())) <= 88
    examples = text.partition("Examples:\n")[2].splitlines()
    assert examples
    for example in examples:
        program, *arguments = shlex.split(example)
        assert program == "napari-nuclei"
        assert " ".join(arguments).startswith(words)
        make_parser().parse_args(arguments)


def test_a_missing_argument_file_is_named(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "missing.args"
    with pytest.raises(SystemExit) as ended:
        main(["train", f"@{path}"])
    assert ended.value.code == 2
    assert capsys.readouterr().err == (
        "napari-nuclei: The argument file cannot be read: "
        f"{path}: No such file or directory. See napari-nuclei --help\n"
    )


def test_the_debug_variable_lets_an_error_raise(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("NAPARI_NUCLEI_DEBUG", "1")
    with pytest.raises(FileNotFoundError, match="There is no model unknown"):
        main(["models", "info", "unknown"])


def test_an_interrupt_prints_one_line(
    run: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*args: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(models, "run_models_list", interrupt)
    code, _, err = run("models", "list")
    assert (code, err) == (130, "napari-nuclei: stopped\n")


INTERRUPTED_IMPORT = """
import sys

class Interrupt:
    def find_spec(self, name, *rest):
        if name == "napari_nuclei.cli.segment_command":
            raise KeyboardInterrupt

sys.meta_path.insert(0, Interrupt())
from napari_nuclei.cli import main
from napari_nuclei.cli.models import models_command as models
sys.exit(main(["models", "list"]))
"""


def test_an_interrupt_while_the_commands_are_imported_prints_the_same_line() -> None:
    command = [sys.executable, "-c", INTERRUPTED_IMPORT]
    ended = subprocess.run(command, capture_output=True, text=True)
    assert (ended.returncode, ended.stderr) == (130, "napari-nuclei: stopped\n")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no broken pipes")
def test_a_closed_pipe_ends_a_command_without_a_message() -> None:
    command = [sys.executable, "-m", "napari_nuclei.cli", "models", "list"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout is not None and running.stderr is not None
        running.stdout.close()
        assert running.stderr.read() == ""
    assert running.returncode == 141


def test_an_unexpected_error_is_one_line_that_says_how_to_see_more(
    run: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: Any) -> None:
        raise KeyError("zebra")

    monkeypatch.setattr(models, "run_models_list", fail)
    code, _, err = run("models", "list")
    assert code == 1
    assert err.count("\n") == 1
    assert "Unexpected error (KeyError: 'zebra'); set NAPARI_NUCLEI_DEBUG=1" in err


def test_a_file_name_that_the_terminal_cannot_show_does_not_end_a_run(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = (data / "images" / "a.tif").rename(tmp_path / "größe 1.tif")
    terminal = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr("sys.stdout", terminal)
    assert main(["segment", str(image), "-o", str(tmp_path / "out")]) == 0
    terminal.flush()
    assert rb"gr\xf6\xdfe 1.tif: " in terminal.buffer.getvalue()
    assert (tmp_path / "out" / "größe 1_labels.tif").is_file()
