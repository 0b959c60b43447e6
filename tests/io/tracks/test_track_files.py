from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile

from napari_nuclei.core.tracking.tracking import Tracking
from napari_nuclei.io.readers import read_image
from napari_nuclei.io.tables import read_table
from napari_nuclei.io.tracks.track_files import (
    FORMATS,
    find_track_formats,
    write_tracks,
)


def test_every_format_is_written(tracking, tmp_path: Path) -> None:
    names = [one.name for one in FORMATS]
    written = write_tracks(tracking, tmp_path / "out", "movie", names)
    assert [path.name for path in written] == [
        "movie_tracks.tif",
        "movie_tracks.csv",
        "movie_track_nuclei.csv",
        "movie_ctc",
        "movie_tracks.geff",
        "movie_lineage.png",
    ]
    assert sorted(written) == sorted((tmp_path / "out").iterdir())
    assert read_table(written[1])["track"].equals(tracking.tracks["track"])
    assert len(read_table(written[2])) == len(tracking.nuclei)
    assert written[5].read_bytes().startswith(b"\x89PNG")


def test_labels_are_written_frame_by_frame(tracking, tmp_path: Path) -> None:
    (path,) = write_tracks(tracking, tmp_path, "a", ["labels"])
    image = read_image(path)
    assert image.axes == "TYX"
    assert image.pixel_size == pytest.approx(0.5)
    assert np.array_equal(image.stored_pixels, tracking.labels)


def test_labels_in_3d_keep_their_axes_and_many_tracks_fit(tmp_path: Path) -> None:
    labels = np.zeros((2, 3, 8, 9), np.int32)
    labels[:, 1, 2:5, 2:5] = 70000
    tracking = Tracking.from_numbers(
        labels, axes="TZYX", pixel_size=0.5, z_spacing=2, frame_interval=60
    )
    (path,) = write_tracks(tracking, tmp_path, "a", ["labels"])
    image = read_image(path)
    assert image.axes == "TZYX"
    assert np.array_equal(image.stored_pixels, labels)
    small = Tracking.from_numbers(labels // 1000, axes="TZYX", z_spacing=2)
    (path,) = write_tracks(small, tmp_path, "b", ["labels"])
    assert np.array_equal(read_image(path).stored_pixels, labels // 1000)


def test_edited_labels_are_not_replaced(tracking, tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "a_tracks.tif", np.zeros((4, 4), np.uint8))
    with pytest.raises(FileExistsError, match=r"a_tracks\.tif was not written by this"):
        write_tracks(tracking, tmp_path, "a", ["csv", "labels"])
    assert [path.name for path in tmp_path.iterdir()] == ["a_tracks.tif"]


def test_an_unknown_format_is_named() -> None:
    with pytest.raises(ValueError, match="csv, nuclei, ctc, geff, lineage; got"):
        find_track_formats(["xml"])
