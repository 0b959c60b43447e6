"""Segment a movie and track its nuclei, with the bundled model."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile

from napari_nuclei import SegmentConfig, load_segmenter, segment_file, segment_files
from napari_nuclei.cli import main
from napari_nuclei.core.synthetic import synthetic_series
from napari_nuclei.io.tables import read_table


@pytest.fixture(scope="module")
def series():
    return synthetic_series((128, 128), 4)


@pytest.fixture
def movie(series, tmp_path: Path) -> Path:
    tifffile.imwrite(
        tmp_path / "movie.tif",
        series[0],
        imagej=True,
        metadata={"axes": "TYX", "unit": "um"},
        resolution=(2, 2),
    )
    return tmp_path / "movie.tif"


def test_labels_of_an_array_are_numbered_by_track(series) -> None:
    image, truth = series
    segmenter = load_segmenter("nuclei-fast")
    config = SegmentConfig(track=True)
    result = segmenter.run(image, axes="TYX", config=config)
    assert result.count == len(result.tracking.tracks)
    assert result.stack == "tracked in 4 frames"
    assert f"{result.count} nuclei tracked in 4 frames" in repr(result)
    assert np.array_equal(result.tracking.labels, result.labels)
    assert np.unique(result.labels)[1:].tolist() == [*range(1, result.count + 1)]
    right = 0
    names = np.unique(truth[truth > 0])
    for name in names:
        inside = result.labels[truth == name]
        found = np.bincount(inside[inside > 0], minlength=1)
        right += found.max() > 0.9 * found.sum() > 0
    assert right >= 0.9 * len(names)
    plain = segmenter.run(image, axes="TYX")
    assert np.array_equal(plain.labels > 0, result.labels > 0)
    assert plain.stack == "in 4 frames (not tracked)"


def test_a_movie_is_written_with_its_tracks(movie: Path, tmp_path: Path) -> None:
    config = SegmentConfig(track=True, frame_interval=60)
    formats = ["labels", "csv", "tracks", "ctc", "geff", "lineage", "geojson"]
    done = segment_file(
        movie, tmp_path / "out", model="nuclei-fast", formats=formats, config=config
    )
    assert [path.name for path in done.written] == [
        "movie_labels.tif",
        "movie_nuclei.csv",
        "movie_tracks.csv",
        "movie_ctc",
        "movie_tracks.geff",
        "movie_lineage.png",
        "movie_nuclei.geojson",
    ]
    table = read_table(done.written[1])
    tracks = read_table(done.written[2])
    assert {"t", "track", "parent", "speed_um_per_min"} <= {*table}
    assert len(tracks) == done.segmentation.count == table["track"].nunique()
    # All nuclei of the series drift by 3 px a frame, which is 1.5 µm a minute.
    assert table["speed_um_per_min"].median() == pytest.approx(1.5, abs=0.05)
    assert len(list((tmp_path / "out/movie_ctc").glob("mask*.tif"))) == 4


def test_a_folder_of_movies_is_resumed(movie: Path, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    for name in ("a.tif", "b.tif"):
        (folder / name).write_bytes(movie.read_bytes())
    arguments = {
        "model": "nuclei-fast",
        "formats": ["ctc", "csv"],
        "config": SegmentConfig(track=True),
    }
    first = segment_files(folder, tmp_path / "out", **arguments)
    again = segment_files(folder, tmp_path / "out", **arguments)
    assert [one.reason for one in first] == ["", ""]
    assert [one.already_done for one in again] == [True, True]
    (tmp_path / "out/a_ctc/res_track.txt").unlink()
    (tmp_path / "out/a_ctc").rename(tmp_path / "gone")
    again = segment_files(folder, tmp_path / "out", **arguments)
    assert [one.already_done for one in again] == [False, True]


def test_the_command_counts_tracks(movie: Path, tmp_path: Path, capsys) -> None:
    words = ["segment", movie, "-o", tmp_path / "out", "--model", "nuclei-fast"]
    assert main([*map(str, words), "--track", "--format", "labels", "tracks"]) == 0
    out = capsys.readouterr().out
    rows = (tmp_path / "out/movie_tracks.csv").read_text().splitlines()
    assert f"{len(rows) - 1} nuclei tracked in 4 frames, " in out
    assert main([*map(str, words), "--format", "tracks"]) == 1
    assert "The format tracks holds tracks. Track the nuclei with --track" in (
        capsys.readouterr().err
    )
