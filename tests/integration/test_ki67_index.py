"""The tutorial docs/tutorials/ki67-index.md runs and prints what it shows."""

from __future__ import annotations

import shlex
import shutil
from pathlib import Path

import pytest

from napari_nuclei.cli import main
from napari_nuclei.io.outlines.read_outlines import read_outlines
from napari_nuclei.io.tables import read_table

PAGE = Path(__file__).resolve().parents[2] / "docs" / "tutorials" / "ki67-index.md"


def test_the_page_prints_what_it_shows(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    blocks_of,
    check_printed,
) -> None:
    monkeypatch.chdir(tmp_path)
    shown = iter(blocks_of(PAGE, "text"))
    names: dict[str, object] = {}
    for code in blocks_of(PAGE, "python"):
        exec(compile(code, str(PAGE), "exec"), names)
        if printed := capsys.readouterr().out:
            check_printed(printed, next(shown))
    table = read_table("ihc_nuclei.csv")
    outlines = read_outlines("ihc.geojson")
    assert (outlines.table["class"] == table["class"]).all()

    (tmp_path / "slides").mkdir()
    shutil.copy("ihc.png", "slides/a.png")
    shutil.copy("ihc.png", "slides/b.png")
    one, several = (text.replace("\\\n", " ") for text in blocks_of(PAGE, "bash"))
    for line in one.splitlines():
        assert main(shlex.split(line)[1:]) == 0
    printed = capsys.readouterr().out
    check_printed(printed[printed.index("ihc_labels.tif: ") :], next(shown))
    in_shell = read_table("ihc_table.csv")
    assert in_shell["class"].tolist() == table["class"].tolist()
    assert main(shlex.split(several)[1:]) == 0
    slides = read_table("slides_out/nuclei.csv")
    assert slides["class"].tolist() == table["class"].tolist() * 2
