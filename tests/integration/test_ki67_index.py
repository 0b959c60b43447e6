"""The tutorial docs/tutorials/ki67-index.md runs and prints what it shows."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import pytest

from napari_nuclei.cli import main
from napari_nuclei.io.outlines.read_outlines import read_outlines
from napari_nuclei.io.tables import read_table

PAGE = Path(__file__).resolve().parents[2] / "docs" / "tutorials" / "ki67-index.md"

TOLERANCE = 0.15
"""Difference of a number from the page's, as another model may find other nuclei."""


def blocks(language: str) -> list[str]:
    text = PAGE.read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.S | re.M)


def check_printed(printed: str, shown: str) -> None:
    """Check that two texts have the same words, and numbers close to each other."""
    number = r"\d+(?:\.\d+)?"
    words = [" ".join(re.sub(number, "N", text).split()) for text in (printed, shown)]
    assert words[0] == words[1]
    pairs = zip(
        *(map(float, re.findall(number, text)) for text in (printed, shown)),
        strict=True,
    )
    for found, expected in pairs:
        assert found == pytest.approx(expected, rel=TOLERANCE, abs=0.05), shown


def test_the_page_prints_what_it_shows(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    shown = iter(blocks("text"))
    names: dict[str, object] = {}
    for code in blocks("python"):
        exec(compile(code, str(PAGE), "exec"), names)
        if printed := capsys.readouterr().out:
            check_printed(printed, next(shown))
    table = read_table("ihc_nuclei.csv")
    outlines = read_outlines("ihc.geojson")
    assert (outlines.table["class"] == table["class"]).all()

    (tmp_path / "slides").mkdir()
    shutil.copy("ihc.png", "slides/a.png")
    shutil.copy("ihc.png", "slides/b.png")
    one, several = (text.replace("\\\n", " ") for text in blocks("bash"))
    for line in one.splitlines():
        assert main(shlex.split(line)[1:]) == 0
    printed = capsys.readouterr().out
    check_printed(printed[printed.index("ihc_labels.tif: ") :], next(shown))
    in_shell = read_table("ihc_table.csv")
    assert in_shell["class"].tolist() == table["class"].tolist()
    assert main(shlex.split(several)[1:]) == 0
    slides = read_table("slides_out/nuclei.csv")
    assert slides["class"].tolist() == table["class"].tolist() * 2
