from __future__ import annotations

import numpy as np
import pytest

from napari_nuclei.config import SegmentConfig
from napari_nuclei.core.axes import make_layout
from napari_nuclei.core.tracking.segmented_movie import (
    check_blockwise,
    check_trackable,
    track_movie,
)

TRACK = SegmentConfig(track=True)


@pytest.mark.parametrize(
    ("shape", "axes", "config", "message"),
    [
        ((9, 8), "YX", TRACK, "one frame only"),
        ((4, 9, 8), "ZYX", TRACK, r"no time axis: .* --axes \(axes=\)"),
        ((1, 9, 8), "TYX", TRACK, "one frame only"),
        ((2, 3, 9, 8), "TPYX", TRACK, "has the axis P too"),
        ((2, 3, 9, 8), "TZYX", TRACK, r"Set join to \"z\" \(--join z\)"),
    ],
)
def test_images_that_cannot_be_tracked_are_refused(shape, axes, config, message):
    with pytest.raises(ValueError, match=message):
        check_trackable(make_layout(shape, axes), config)
    check_trackable(make_layout(shape, axes), SegmentConfig())


def test_joined_volumes_can_be_tracked() -> None:
    config = SegmentConfig(track=True, join="z")
    check_trackable(make_layout((2, 3, 9, 8), "TZYX"), config)


def test_labels_are_numbered_by_track_in_place() -> None:
    labels = np.zeros((3, 12, 12), np.int32)
    for t in range(3):
        labels[t, 3:8, 3:8] = 7 * t + 1
    layout = make_layout(labels.shape, "TYX")
    assert track_movie(labels, layout, SegmentConfig()) is None
    found = track_movie(labels, layout, TRACK, pixel_size=0.5)
    assert found is not None
    assert np.unique(labels).tolist() == [0, 1, 8, 15]
    tracking = found.renumber_in_place()
    assert np.unique(labels).tolist() == [0, 1]
    assert np.array_equal(tracking.labels, labels)
    assert tracking.nuclei["label"].tolist() == [1, 1, 1]


def test_blocks_are_not_tracked_in_the_same_run() -> None:
    assert check_blockwise(None) == SegmentConfig()
    with pytest.raises(ValueError, match=r"napari-nuclei track \(track_file\)"):
        check_blockwise(TRACK)
