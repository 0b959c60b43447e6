from __future__ import annotations

import numpy as np

from napari_nuclei.core.tracking.frames import find_frames
from napari_nuclei.core.tracking.link_all import link_all
from napari_nuclei.core.tracking.tracking_settings import TrackSettings


def test_all_frames_are_linked_in_2d_and_3d(draw_discs) -> None:
    plane = np.stack([draw_discs([(20, 20 + t), (40, 40 - t)]) for t in range(4)])
    volume = np.stack([plane * 0, plane, plane], axis=1)
    for labels, axes in ((plane, "TYX"), (volume, "TZYX")):
        links, frames = link_all(find_frames(labels, axes), 2.0, TrackSettings())
        assert links.track_numbers().tolist() == [0, 1] * 4
        assert frames.splits == {}


def test_splits_of_a_frame_follow_each_other(draw_discs) -> None:
    movie = np.stack(
        [draw_discs([(30, 18 - t), (30, 32), (30, 46 + t)], 7.5) for t in range(9)]
    )
    truth = movie.copy()
    movie[:4][movie[:4] > 0] = 1
    links, frames = link_all(find_frames(movie), 1.0, TrackSettings())
    assert sorted(frames.splits) == [0, 1, 2, 3]
    assert links.track_numbers().max() == 2
    for t in range(9):
        pairs = {*zip(truth[t].ravel(), frames.read(t).ravel(), strict=True)}
        covered = np.unique([number for _, number in pairs])
        assert len(covered) == 4
