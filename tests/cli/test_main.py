from __future__ import annotations

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
        "models rename",
        "models show",
        "paint",
        "--colour",
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
