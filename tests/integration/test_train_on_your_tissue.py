"""The tutorial docs/tutorials/train-on-your-tissue.md runs as it says."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from napari_nuclei.cli import main
from napari_nuclei.io.optional_packages import describe_missing_tensorflow
from napari_nuclei.model.store import find_model

NAME = "train-on-your-tissue.md"
PAGE = Path(__file__).resolve().parents[2] / "docs" / "tutorials" / NAME

BUDGET, SHORT = "--budget 90s", "--epochs 1 --steps 2"


@pytest.mark.slow
@pytest.mark.skipif(bool(describe_missing_tensorflow()), reason="needs TensorFlow")
def test_the_page_prints_what_it_shows(
    tmp_path: Path,
    own_models: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    check_printed,
) -> None:
    monkeypatch.chdir(tmp_path)
    text = PAGE.read_text(encoding="utf-8")
    blocks = re.findall(r"^```(\w+)\n(.*?)^```", text, re.S | re.M)
    assert [kind for kind, _ in blocks][-1] == "bash"  # needs images of the reader
    names: dict[str, object] = {}
    printed, checked = "", 0
    for kind, code in blocks[:-1]:
        if kind == "python":
            exec(compile(code, str(PAGE), "exec"), names)
            printed = capsys.readouterr().out
        elif kind == "bash":
            assert BUDGET in code
            assert main(shlex.split(code.replace(BUDGET, SHORT))[1:]) == 0
            (line,) = capsys.readouterr().out.splitlines()[-1:]
            printed = line + "\n"
        else:
            check_printed(printed, code)
            checked += 1
    assert checked == 3
    assert find_model("my-tissue").folder == own_models / "my-tissue"
