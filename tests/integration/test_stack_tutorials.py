"""The tutorials of z stacks and movies run, and print what they show."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import numpy as np
import pytest

from napari_nuclei import read_ctc, read_labels, read_table
from napari_nuclei.cli import main

PAGES = Path(__file__).resolve().parents[2] / "docs" / "tutorials"


@pytest.fixture
def run_page(tmp_path, monkeypatch, capsys, check_printed):
    """Return a function that runs the blocks of a page in their order."""
    monkeypatch.chdir(tmp_path)

    def run(name: str) -> None:
        text = (PAGES / name).read_text(encoding="utf-8")
        names: dict[str, object] = {}
        printed, checked = "", 0
        blocks = re.findall(r"^```(\w+)\n(.*?)^```", text, re.S | re.M)
        for language, code in blocks:
            if language == "python":
                exec(compile(code, name, "exec"), names)
                printed = capsys.readouterr().out
            elif language == "bash":
                assert main(shlex.split(code.replace("\\\n", " "))[1:]) == 0
                printed = capsys.readouterr().out
            else:
                check_printed(printed, code)
                checked += 1
        assert checked == 5

    return run


def test_the_z_stack(run_page) -> None:
    run_page("z-stack.md")
    table = read_table("nuclei.csv")
    assert len(table) == len(read_table("out/my-stack_nuclei.csv")) == 36
    in_file = read_labels("out/my-stack_labels.tif")
    np.testing.assert_array_equal(in_file, read_labels("labels.tif"))


def test_the_movie(run_page) -> None:
    run_page("movie.md")
    assert Path("lineage.png").stat().st_size > 5000
    assert len(read_table("out/movie_tracks.csv")) == 39
    assert read_ctc("out/movie_ctc").n_divisions == 0
