from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile

from napari_nuclei.core.tracking.track import track
from napari_nuclei.core.tracking.tracking import Tracking
from napari_nuclei.io.tracks.ctc import encode_ctc, write_ctc
from napari_nuclei.io.tracks.read_ctc import read_ctc


@pytest.mark.parametrize("truth", [False, True])
def test_tracks_come_back_as_they_were_written(tracking, tmp_path, truth) -> None:
    written = write_ctc(tracking, tmp_path / "01_RES", truth=truth)
    assert len(written) == 13
    again = read_ctc(tmp_path / "01_RES")
    assert np.array_equal(again.labels, tracking.labels)
    columns = ["track", "parent", "start", "end", "frames", "fate"]
    assert again.tracks[columns].equals(tracking.tracks[columns])
    assert again.scale.pixel_size == pytest.approx(0.5)


def test_a_track_has_its_label_in_each_of_its_frames(tracking, tmp_path) -> None:
    folder = tmp_path / "res"
    write_ctc(tracking, folder)
    masks = [tifffile.imread(folder / f"mask{t:03}.tif") for t in range(12)]
    rows = np.loadtxt(folder / "res_track.txt", int)
    assert {mask.dtype.name for mask in masks} == {"uint16"}
    assert len(rows) == len(tracking.tracks) + 1  # the part after the gap
    present = {
        int(label): [t for t in range(12) if (masks[t] == label).any()]
        for label in rows[:, 0]
    }
    for label, first, last, parent in rows.tolist():
        assert present[label] == [*range(first, last + 1)]
        assert parent == 0 or present[parent][-1] < first


def test_volumes_come_back(tmp_path: Path) -> None:
    volume = np.zeros((3, 4, 12, 14), np.int32)
    for t in range(3):
        volume[t, 1:3, 3:7, 3 + t : 8 + t] = 5 + t
    tracking = track(volume, axes="TZYX", pixel_size=1, z_spacing=2)
    write_ctc(tracking, tmp_path / "3d")
    again = read_ctc(tmp_path / "3d")
    assert again.axes == "TZYX"
    assert np.array_equal(again.labels, tracking.labels)
    assert again.scale.z_spacing == pytest.approx(2)


def test_a_shorter_movie_replaces_a_longer_one(tracking, tmp_path) -> None:
    write_ctc(tracking, tmp_path)
    write_ctc(Tracking.from_numbers(tracking.labels[:5]), tmp_path)
    assert len([*tmp_path.glob("mask*.tif")]) == 5
    assert len(read_ctc(tmp_path).frames) == 5


def test_masks_of_another_program_are_not_replaced(tracking, tmp_path) -> None:
    tifffile.imwrite(tmp_path / "mask000.tif", np.zeros((4, 4), np.uint16))
    with pytest.raises(FileExistsError, match="was not written by this program"):
        write_ctc(tracking, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mask000.tif"]


def test_more_tracks_than_16_bits_hold_are_refused() -> None:
    labels = np.zeros((2, 4, 4), np.int32)
    labels[:, 1:3, 1:3] = 70000
    with pytest.raises(ValueError, match="up to 65535 tracks"):
        encode_ctc(Tracking.from_numbers(labels))


def test_the_software_of_the_challenge_finds_the_files_valid(tracking, tmp_path):
    from ctc_metrics import evaluate_sequence

    write_ctc(tracking, tmp_path / "01_GT/TRA", truth=True)
    write_ctc(tracking, tmp_path / "01_RES")
    scores = evaluate_sequence(
        str(tmp_path / "01_RES"),
        str(tmp_path / "01_GT"),
        metrics=["Valid", "TRA", "LNK"],
        threads=1,
    )
    assert scores["Valid"] == 1
    assert scores["TRA"] == pytest.approx(1)
    assert scores["LNK"] == pytest.approx(1)
