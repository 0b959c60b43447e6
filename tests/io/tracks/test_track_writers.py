from __future__ import annotations

from pathlib import Path

import pytest

from napari_nuclei.core.axes import make_layout
from napari_nuclei.io.labelled_image import LabelledImage
from napari_nuclei.io.tracks.read_ctc import read_ctc
from napari_nuclei.io.tracks.track_writers import TRACK_WRITERS
from napari_nuclei.io.writers import WRITERS, writer_of_suffix


@pytest.fixture(scope="module")
def image(tracking) -> LabelledImage:
    labels = tracking.labels
    layout = make_layout(labels.shape, "TYX")
    return LabelledImage(labels, layout, 0.5, tracking=tracking)


def test_tracks_are_written_in_each_format(image, tmp_path: Path) -> None:
    contents = {one.name: one.encode(image) for one in TRACK_WRITERS}
    rows = contents["tracks"].decode().splitlines()
    assert rows[0].startswith("track,parent,start,end,frames")
    assert len(rows) == 1 + len(image.tracking.tracks)
    assert contents["lineage"].startswith(b"\x89PNG")
    ctc = TRACK_WRITERS[-1]
    ctc.write_folder(image, tmp_path / "ctc")
    assert (tmp_path / "ctc/res_track.txt").read_bytes() == contents["ctc"]
    assert len(read_ctc(tmp_path / "ctc").tracks) == len(image.tracking.tracks)


def test_a_table_of_tracked_nuclei_has_their_motion(image) -> None:
    table, tracking = image.table, image.tracking
    assert len(table) == len(tracking.nuclei)
    assert (table.index == table["track"]).all()
    merged = table.reset_index(drop=True).merge(
        tracking.nuclei, on=["track", "t"], suffixes=("", "_of_tracks")
    )
    for name in ("centroid_y", "displacement_um", "speed"):
        expected = merged[f"{name}_of_tracks"].to_numpy()
        assert merged[name].to_numpy() == pytest.approx(expected, nan_ok=True)
    daughters = tracking.tracks.query("parent > 0").iloc[0]
    rows = table[table["track"] == daughters["track"]]
    assert (rows["parent"] == daughters["parent"]).all()


def test_nuclei_without_tracks_are_refused(image) -> None:
    plain = LabelledImage(image.labels, image.layout)
    for one in TRACK_WRITERS:
        with pytest.raises(ValueError, match="the nuclei were not tracked"):
            one.encode(plain)


def test_a_path_without_a_suffix_is_no_folder_of_tracks() -> None:
    assert writer_of_suffix(Path("results"), WRITERS) is None
