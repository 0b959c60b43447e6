from __future__ import annotations

import numpy as np

from napari_nuclei.core.tracking.followed import MAX_SPLITS, History


def test_a_pair_is_a_part_for_a_limited_number_of_frames() -> None:
    history = History.begin(2)
    links, whole = np.array([0, 1]), np.array([False, False])
    assert not history.may_split.any()
    history = history.follow(links, whole)
    assert history.may_split.all()
    for _ in range(MAX_SPLITS):
        assert history.may_split.all()
        history = history.follow(links, np.array([True, False]))
    assert history.may_split.tolist() == [False, True]
    assert history.frames.tolist() == [2, 2 + MAX_SPLITS]
    # A new nucleus has no history.
    history = history.follow(np.array([-1, 0]), whole)
    assert history.frames.tolist() == [1, 3]
    assert history.splits.tolist() == [0, 0]
