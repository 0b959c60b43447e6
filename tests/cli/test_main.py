from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from napari_nuclei import __version__
from napari_nuclei.cli import main, models

CommandLine = Callable[..., tuple[int, str, str]]


def test_the_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out.strip() == __version__


@pytest.mark.parametrize(
    "words",
    [
        "",
        "segment",
        "segment a.png",
        "segment a.png -o out --tile big",
        "segment a.png -o out --engine fast",
        "train data",
        "evaluate",
        "models",
        "models rename old",
        "models show",
        "paint",
        "--colour",
        "segment a.png --output=",
        "segment -o out --model= a.png",
        "segment a.png -o out --workers 0",
        "segment a.png -o out --block -2",
        "evaluate data --output=",
        "train data --name new --budget soon",
        "train data --name new --decoder 8,eight",
    ],
    ids=lambda words: words or "nothing",
)
def test_a_wrong_command_line_ends_with_code_2(
    words: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, own_models: Path
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words.split())
    assert ended.value.code == 2
    assert "usage: napari-nuclei" in capsys.readouterr().err
    assert not own_models.exists()


@pytest.mark.parametrize(
    "words",
    ["", "segment", "train", "evaluate", "demo", "models", "models import"],
    ids=lambda words: words or "all",
)
def test_every_command_explains_itself(
    words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*words.split(), "--help"])
    assert ended.value.code == 0
    assert "usage: napari-nuclei" in capsys.readouterr().out


def test_a_missing_file_of_arguments_is_named(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "missing.args"
    with pytest.raises(SystemExit) as ended:
        main(["train", f"@{path}"])
    assert ended.value.code == 2
    assert (
        capsys.readouterr()
        .err.splitlines()[-1]
        .endswith(
            f"the file of arguments cannot be read: {path}: No such file or directory"
        )
    )


def test_an_error_is_raised_whole_for_who_looks_for_bugs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("NAPARI_NUCLEI_DEBUG", "1")
    with pytest.raises(FileNotFoundError, match="there is no model unknown"):
        main(["models", "show", "unknown"])


def test_an_interrupt_ends_with_a_line(
    run: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*args: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(models, "run_models_list", interrupt)
    code, _, err = run("models", "list")
    assert (code, err) == (130, "napari-nuclei: stopped\n")


INTERRUPTED_AS_IT_LOADS = """
import sys

class Interrupt:
    def find_spec(self, name, *rest):
        if name == "napari_nuclei.cli.segment":
            raise KeyboardInterrupt

sys.meta_path.insert(0, Interrupt())
from napari_nuclei.cli import main
sys.exit(main(["models", "list"]))
"""


def test_an_interrupt_while_the_commands_are_loaded_ends_with_the_same_line() -> None:
    command = [sys.executable, "-c", INTERRUPTED_AS_IT_LOADS]
    ended = subprocess.run(command, capture_output=True, text=True)
    assert (ended.returncode, ended.stderr) == (130, "napari-nuclei: stopped\n")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no broken pipes")
def test_a_reader_that_has_seen_enough_ends_a_command_quietly() -> None:
    command = [sys.executable, "-m", "napari_nuclei.cli", "models", "list"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout is not None and running.stderr is not None
        running.stdout.close()
        assert running.stderr.read() == ""
    assert running.returncode == 141


def test_an_error_that_nobody_foresaw_is_a_line_that_says_how_to_see_more(
    run: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: Any) -> None:
        raise KeyError("zebra")

    monkeypatch.setattr(models, "run_models_list", fail)
    code, _, err = run("models", "list")
    assert code == 1
    assert err.count("\n") == 1
    assert "KeyError: 'zebra'; that was not expected, and NAPARI_NUCLEI_DEBUG=1" in err


def test_a_name_that_the_terminal_cannot_show_does_not_end_a_run(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = (data / "images" / "a.tif").rename(tmp_path / "größe 1.tif")
    terminal = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr("sys.stdout", terminal)
    assert main(["segment", str(image), "-o", str(tmp_path / "out")]) == 0
    terminal.flush()
    assert rb"gr\xf6\xdfe 1.tif: " in terminal.buffer.getvalue()
    assert (tmp_path / "out" / "größe 1_labels.tif").is_file()
