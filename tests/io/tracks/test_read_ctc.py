from __future__ import annotations

from pathlib import Path

import pytest

from napari_nuclei.io.tracks.ctc import write_ctc
from napari_nuclei.io.tracks.read_ctc import read_ctc


def remove_table(folder: Path) -> None:
    (folder / "res_track.txt").unlink()


def damage_line(folder: Path) -> None:
    (folder / "res_track.txt").write_text("1 0 x 0\n")


def remove_mask(folder: Path) -> None:
    (folder / "mask003.tif").unlink()


def remove_row(folder: Path) -> None:
    lines = (folder / "res_track.txt").read_text().splitlines()
    (folder / "res_track.txt").write_text("\n".join(lines[1:]))


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (remove_table, "has no res_track.txt or man_track.txt"),
        (damage_line, "line 1: must be four whole numbers"),
        (remove_mask, "mask000.tif for each frame, numbered from 0 without gaps"),
        (remove_row, "has no line for the label 1"),
    ],
)
def test_damaged_folders_are_named(tracking, tmp_path, damage, message) -> None:
    write_ctc(tracking, tmp_path)
    damage(tmp_path)
    with pytest.raises((OSError, ValueError), match=message):
        read_ctc(tmp_path)


def test_an_only_child_after_a_gap_continues_its_parent(tmp_path: Path) -> None:
    import numpy as np
    import tifffile

    for t, label in enumerate([3, 0, 7, 7]):
        mask = np.zeros((8, 8), np.uint16)
        mask[2:5, 2:5] = label
        tifffile.imwrite(tmp_path / f"mask{t:03}.tif", mask)
    (tmp_path / "res_track.txt").write_text("3 0 0 0\n7 2 3 3\n")
    tracking = read_ctc(tmp_path)
    assert tracking.tracks[["track", "start", "end", "frames"]].values.tolist() == [
        [3, 0, 3, 3]
    ]
