"""The remaining time as text."""

from __future__ import annotations

from napari_nuclei.widgets.shared.thread_progress import time_left


def test_the_remaining_time_is_in_seconds_or_minutes() -> None:
    assert time_left(0, 10, 5.0) == ""
    assert time_left(5, 10, 0.5) == ""
    assert time_left(5, 10, 20.0) == ", 20 s left"
    assert time_left(1, 100, 10.0) == ", 16 min left"
    assert time_left(10, 10, 9.0) == ""
