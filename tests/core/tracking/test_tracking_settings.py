from __future__ import annotations

import pytest

from napari_nuclei.core.tracking.tracking_settings import TrackSettings


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"max_distance": 0}, "max_distance must be above 0, in pixels; got 0"),
        ({"max_distance": float("nan")}, "max_distance must be above 0"),
        ({"max_gap": -1}, "max_gap must be 0 or more frames; got -1"),
        ({"min_frames": 0}, "min_frames must be 1 or more; got 0"),
    ],
)
def test_settings_out_of_range_are_refused(setting, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        TrackSettings(**setting)
