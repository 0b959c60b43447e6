"""The tutorial docs/tutorials/plate.md runs and prints what it shows."""

from __future__ import annotations

import csv
import re
import runpy
import shlex
from pathlib import Path

import pytest

from napari_nuclei.cli import main
from napari_nuclei.io.tables import read_table

PAGE = Path(__file__).resolve().parents[2] / "docs" / "tutorials" / "plate.md"

TOLERANCE = 0.25
"""Difference of a number from the page's, as another model may find other nuclei."""


def blocks() -> list[tuple[str, str]]:
    """Return the language and the content of each block of the page."""
    text = PAGE.read_text(encoding="utf-8")
    return re.findall(r"^```(\w+)\n(.*?)^```", text, re.S | re.M)


def run_line(line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run a command of the page in this process."""
    words = shlex.split(line)
    if words[0] == "python":
        monkeypatch.setattr("sys.argv", words[1:])
        runpy.run_path(str(PAGE.with_name(words[1])), run_name="__main__")
        return
    assert words[0] == "napari-nuclei"
    assert main(words[1:]) == 0


def check_line(line: str, printed: str) -> None:
    """Check that a line was printed; its numbers may differ a little."""
    number = r"\d*\.?\d+"

    def shape(text: str) -> str:
        return " ".join(re.sub(number, "N", text).split())

    found = [one for one in printed.splitlines() if shape(one) == shape(line)]
    assert found, f"not printed: {line}\n{printed}"
    expected = [float(one) for one in re.findall(number, line)]
    assert any(
        [float(one) for one in re.findall(number, text)]
        == pytest.approx(expected, rel=TOLERANCE, abs=0.08)
        for text in found
    ), f"{line}\n{found}"


def test_the_page_prints_what_it_shows(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    printed, languages = "", []
    for language, content in blocks():
        languages.append(language)
        if language == "text":
            for line in content.strip().splitlines():
                check_line(line, printed)
            continue
        if language == "python":
            exec(compile(content, str(PAGE), "exec"), names)
        else:
            for line in content.replace("\\\n", " ").splitlines():
                run_line(line, monkeypatch)
        printed = capsys.readouterr().out
    assert languages.count("text") == 3
    with open("plate/truth.csv", newline="", encoding="utf-8") as file:
        truth = {row["well"]: row for row in csv.DictReader(file)}
    with open("out/results.csv", newline="", encoding="utf-8") as file:
        flags = {row["well"]: row["flags"] for row in csv.DictReader(file)}
    mistakes = {well for well, row in truth.items() if row["mistake"]}
    assert {well for well, text in flags.items() if text} == mistakes
    nuclei = read_table("out/nuclei.csv")
    positive = nuclei[nuclei["class"] == "positive"].groupby("well").size()
    for well in truth.keys() - mistakes:
        found = positive.get(well, 0)
        assert found == pytest.approx(int(truth[well]["positive"]), abs=3), well
    page = Path("out/report.html").read_text(encoding="utf-8")
    assert all(text in page for text in ("C04", "full dose", "out of focus"))
    assert len(read_table("out2/nuclei.csv")) > 100
