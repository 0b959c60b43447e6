"""The tutorial docs/tutorials/count-nuclei.md runs and prints what it shows."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from napari_nuclei.cli import main

PAGE = Path(__file__).resolve().parents[2] / "docs" / "tutorials" / "count-nuclei.md"


def test_the_page_prints_what_it_shows(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    check_printed,
) -> None:
    monkeypatch.chdir(tmp_path)
    text = PAGE.read_text(encoding="utf-8")
    names: dict[str, object] = {}
    printed, checked = "", 0
    for kind, code in re.findall(r"^```(\w+)\n(.*?)^```", text, re.S | re.M):
        if kind == "python":
            exec(compile(code, str(PAGE), "exec"), names)
            printed = capsys.readouterr().out
        elif kind == "bash":
            assert main(shlex.split(code)[1:]) == 0
            assert "4 of 4 images" in capsys.readouterr().out
        else:
            check_printed(printed, code)
            checked += 1
    assert checked == 3
    assert len([*tmp_path.glob("counts/*_overlay.png")]) == 4
    truth = sum(names["counts"].values())
    assert names["images"]["nuclei"].sum() == pytest.approx(truth, rel=0.02)
