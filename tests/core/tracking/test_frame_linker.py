from __future__ import annotations

import numpy as np

from napari_nuclei.core.tracking.frame_linker import FrameLinker
from napari_nuclei.core.tracking.tracking_settings import TrackSettings

ONE_BY_ONE = TrackSettings(split_merged=False)


def test_nuclei_are_linked_to_those_of_the_frame_before(draw_discs) -> None:
    linker = FrameLinker(2, 1.0, TrackSettings())
    for t in range(4):
        linker.add(draw_discs([(20, 20 + t), (40, 40 - t)]))
    assert [len(nuclei) for nuclei in linker.nuclei] == [2] * 4
    assert [link.tolist() for link in linker.links] == [[0, 1]] * 3
    assert len(linker.steps) == 3
    assert linker.splits == {}


def test_the_drift_is_that_of_all_nuclei_since_the_first_frame(draw_discs) -> None:
    linker = FrameLinker(2, 1.0, TrackSettings())
    for t in range(4):
        linker.add(draw_discs([(15 + 2 * t, 15), (15 + 2 * t, 45), (35 + 2 * t, 30)]))
    np.testing.assert_allclose(linker.drift[:, 0], [0, 2, 4, 6], atol=0.2)
    np.testing.assert_allclose(linker.drift[:, 1], 0, atol=0.2)


def test_a_label_that_covers_two_tracks_is_split_if_the_settings_say_so(
    draw_discs,
) -> None:
    touching = [draw_discs([(30, 26), (30, 38)], 6.5) for _ in range(4)]
    touching[3] = np.where(touching[3] > 0, 1, 0)
    counts = {}
    for name, settings in (("split", TrackSettings()), ("as it is", ONE_BY_ONE)):
        linker = FrameLinker(2, 1.0, settings)
        for frame in touching:
            linker.add(frame)
        counts[name] = len(linker.nuclei[-1])
        assert sorted(linker.splits) == ([3] if name == "split" else [])
    assert counts == {"split": 2, "as it is": 1}


def test_frames_without_nuclei_keep_the_largest_distance(draw_discs) -> None:
    linker = FrameLinker(2, 1.0, TrackSettings(max_distance=7))
    empty = np.zeros((64, 64), np.int32)
    for frame in (empty, empty, draw_discs([(20, 20)])):
        linker.add(frame)
    assert [step.reach for step in linker.steps] == [7, 7]
    assert linker.links[-1].tolist() == [-1]
