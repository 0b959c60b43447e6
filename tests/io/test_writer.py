from __future__ import annotations

import pytest

from napari_nuclei.core.axes import make_layout
from napari_nuclei.io.writer import Writer

PLANE = Writer("plane", "_plane.png", "a plane", lambda image: b"", stacks=False)
TRACKS = Writer("tracks", "_tracks.csv", "tracks", lambda image: b"", tracks=True)


def test_a_format_of_planes_refuses_stacks() -> None:
    PLANE.check_layout(make_layout((8, 9)))
    with pytest.raises(ValueError, match="plane holds a single plane, not a stack"):
        PLANE.check_layout(make_layout((2, 8, 9), "TYX"))


def test_a_format_of_tracks_needs_tracks() -> None:
    TRACKS.check_tracks(True)
    PLANE.check_tracks(False)
    with pytest.raises(ValueError, match=r"--track \(track=True\)"):
        TRACKS.check_tracks(False)


def test_the_suffix_is_that_of_the_ending() -> None:
    assert (PLANE.suffix, TRACKS.suffix) == (".png", ".csv")
