from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile

from napari_nuclei import write_labels
from napari_nuclei.scale.tracks.track_labels_file import track_file


@pytest.fixture
def movie(tmp_path: Path) -> Path:
    """Return a file of labels that are numbered anew in each frame."""
    labels = np.zeros((4, 20, 30), np.int32)
    for t in range(4):
        labels[t, 5:10, 5 + t : 11 + t] = 3 + t
        labels[t, 12:17, 20:26] = 1 + 4 * t
    write_labels(labels, tmp_path / "movie.tif", axes="TYX", pixel_size=0.5)
    return tmp_path / "movie.tif"


def test_a_file_is_tracked_and_written(movie: Path, tmp_path: Path) -> None:
    done = track_file(movie, tmp_path / "out", frame_interval=60)
    assert len(done.tracking.tracks) == 2
    assert [path.name for path in done.written] == [
        "movie_tracks.tif",
        "movie_tracks.csv",
        "movie_track_nuclei.csv",
    ]
    assert done.tracking.tracks["mean_speed_um_per_min"].tolist() == [0, 0.5]
    labels = tifffile.imread(done.written[0])
    assert [np.unique(frame).tolist() for frame in labels] == [[0, 1, 2]] * 4


def test_an_axis_without_a_name_is_time(movie: Path, tmp_path: Path) -> None:
    path = tmp_path / "plain.tif"
    tifffile.imwrite(path, tifffile.imread(movie), photometric="minisblack")
    assert len(track_file(path, formats=["csv"]).tracking.tracks) == 2


@pytest.mark.parametrize(
    ("pixels", "axes", "message"),
    [
        (np.ones((5, 6), np.uint8), None, "in.tif: the labels are a single plane"),
        (np.ones((1, 5, 6), np.uint8), "TYX", "in.tif: the labels have one frame"),
        (np.full((3, 5, 6), 0.5, np.float32), "TYX", "in.tif: labels must be integers"),
        (np.ones((3, 5, 6), np.uint8), "ZYX", "in.tif: .*no axis T: .* such as TYX"),
        (
            np.ones((3, 4, 5, 6), np.uint8),
            None,
            "does not name 2 of its 4 axes",
        ),
    ],
)
def test_files_that_cannot_be_tracked_are_named(tmp_path, pixels, axes, message):
    tifffile.imwrite(tmp_path / "in.tif", pixels, photometric="minisblack")
    with pytest.raises((TypeError, ValueError), match=message):
        track_file(tmp_path / "in.tif", axes=axes)
    assert [path.name for path in tmp_path.iterdir()] == ["in.tif"]
