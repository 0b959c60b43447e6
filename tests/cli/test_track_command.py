from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from napari_nuclei import write_labels


@pytest.fixture
def movie(tmp_path: Path) -> Path:
    labels = np.zeros((4, 20, 30), np.int32)
    for t in range(4):
        labels[t, 5:10, 5 + t : 11 + t] = 3 + t
    labels[1, 15, 15] = 1
    write_labels(labels, tmp_path / "movie.tif", axes="TYX")
    return tmp_path / "movie.tif"


def test_tracks_are_written_and_counted(run, movie: Path, tmp_path) -> None:
    code, out, err = run(
        "track", movie, "-o", tmp_path / "out", "--format", "csv", "ctc", "lineage"
    )
    assert (code, err) == (0, "")
    assert out.splitlines() == [
        f"{movie}: 1 track in 4 frames, 0 divisions",
        f"  {tmp_path / 'out' / 'movie_tracks.csv'}",
        f"  {tmp_path / 'out' / 'movie_ctc'}",
        f"  {tmp_path / 'out' / 'movie_lineage.png'}",
    ]
    rows = (tmp_path / "out" / "movie_ctc" / "res_track.txt").read_text()
    assert rows == "1 0 3 0\n"


def test_options_reach_the_tracking(run, movie: Path) -> None:
    options = ["--format", "csv", "--min-frames", "1", "--max-distance", "0.5"]
    _, out, _ = run("track", movie, *options)
    assert out.startswith(f"{movie}: 2 tracks in 4 frames")  # overlaps do not suffice


def test_a_missing_laptrack_is_one_line(run, movie, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "laptrack", None)
    code, _, err = run("track", movie)
    assert code == 1
    assert err == (
        "napari-nuclei: laptrack is needed to track nuclei: python -m pip install "
        "'napari-nuclei[tracks]'\n"
    )
