from __future__ import annotations

import numpy as np
import pytest

from napari_nuclei.core.measure.nuclei import measure
from napari_nuclei.core.tracking.track import track
from napari_nuclei.core.tracking.track_tables import TimeScale, add_track_columns


def moving_disc(draw_discs, step: int = 3):
    return np.stack([draw_discs([(30, 15 + step * t)]) for t in range(5)])


def test_speed_and_displacement_have_units(draw_discs) -> None:
    tracking = track(moving_disc(draw_discs), pixel_size=0.5, frame_interval=30)
    nuclei, tracks = tracking.nuclei, tracking.tracks
    assert np.isnan(nuclei["displacement"][0])
    assert nuclei["displacement"][1:].to_numpy() == pytest.approx(3)
    assert nuclei["speed"][1:].to_numpy() == pytest.approx(3)
    assert nuclei["displacement_um"][1:].to_numpy() == pytest.approx(1.5)
    assert nuclei["speed_um_per_min"][1:].to_numpy() == pytest.approx(3)
    assert tracks["path_length_um"][0] == pytest.approx(6)
    assert tracks["net_displacement"][0] == pytest.approx(12)
    assert tracks["mean_speed_um_per_min"][0] == pytest.approx(3)


def test_columns_without_their_unit_are_left_out(draw_discs) -> None:
    assert not [name for name in track(moving_disc(draw_discs)).nuclei if "um" in name]
    with_size = track(moving_disc(draw_discs), pixel_size=0.5).nuclei
    assert "displacement_um" in with_size
    assert "speed_um_per_min" not in with_size


def test_the_speed_over_a_gap_is_that_of_one_frame(draw_discs) -> None:
    movie = moving_disc(draw_discs)
    movie[2] = 0
    speed = track(movie).nuclei["speed"].to_numpy()
    assert speed[1:] == pytest.approx(3)


def test_a_table_says_how_each_track_ends(draw_discs) -> None:
    frames = []
    for t in range(8):
        centres = [(32, 32)]
        if t < 6:
            centres.append((10, 50 + 2 * t))  # leaves at x = 60
        if t < 4:
            centres.append((54, 12))
        frames.append(draw_discs(centres))
    fates = track(np.stack(frames)).tracks["fate"].tolist()
    assert fates == ["last frame", "left the image", "lost"]


def test_a_table_of_labels_gets_the_numbers_of_tracks(draw_discs) -> None:
    frames = [draw_discs([(40, 40), (20, 15 + 3 * t)]) * (t + 1) for t in range(4)]
    frames[2][60, 60] = 99  # in one frame only
    movie = np.stack(frames)
    tracking = track(movie)
    table = add_track_columns(
        measure(movie, axes="TYX"), tracking.nuclei, tracking.tracks
    )
    assert len(table) == len(tracking.nuclei) == 8
    assert table.index.name == "label"
    assert (table.index == table["track"]).all()
    assert table.groupby("track")["centroid_y"].nunique().tolist() == [1, 1]
    assert table["displacement"].max() == pytest.approx(3)
    assert (table["parent"] == 0).all()


@pytest.mark.parametrize(
    ("size", "message"),
    [
        ({"pixel_size": 0}, "pixel_size must be above 0, in µm; got 0"),
        ({"z_spacing": -1}, "z_spacing must be above 0, in µm; got -1"),
        ({"frame_interval": np.inf}, "frame_interval must be above 0, in seconds"),
    ],
)
def test_sizes_must_be_positive(size, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        TimeScale(**size)
