from __future__ import annotations

import sys

import numpy as np
import pytest
from napari.layers import Image

from napari_nuclei.config import SegmentConfig
from napari_nuclei.widgets.layers.image_source import make_image_source
from napari_nuclei.widgets.segment.tracking.track_box import (
    LARGE,
    TRACKED,
    TrackBox,
)


def source_of(shape, labels, **kwargs):
    layer = Image(np.zeros(shape, np.uint8), axis_labels=labels, **kwargs)
    return make_image_source(layer, (0,) * len(shape))


@pytest.fixture
def box(qapp) -> TrackBox:
    """Return a tick that is on."""
    box = TrackBox()
    box.box.value = True
    return box


def test_nuclei_of_a_time_series_are_tracked(box: TrackBox) -> None:
    source = source_of((4, 64, 64), ("t", "y", "x"))
    assert box.add_to(SegmentConfig(), source) == SegmentConfig(track=True)
    assert box.describe(source) == TRACKED
    box.box.value = False
    assert box.add_to(SegmentConfig(), source) == SegmentConfig()
    assert box.describe(source) == ""


@pytest.mark.parametrize(
    ("shape", "labels"),
    [((64, 64), ("y", "x")), ((4, 64, 64), ("z", "y", "x"))],
)
def test_other_images_are_not_tracked(box: TrackBox, shape, labels) -> None:
    source = source_of(shape, labels)
    assert box.add_to(SegmentConfig(), source) == SegmentConfig()
    assert box.describe(source) == ""


def test_volumes_need_joined_slices(box: TrackBox) -> None:
    source = source_of((3, 4, 64, 64), ("t", "z", "y", "x"))
    with pytest.raises(ValueError, match="slices of each frame must be joined"):
        box.add_to(SegmentConfig(), source)
    assert box.add_to(SegmentConfig(join="z"), source).track


def test_nuclei_of_large_images_are_not_tracked(box: TrackBox, monkeypatch) -> None:
    module = "napari_nuclei.widgets.segment.tracking.track_box"
    monkeypatch.setattr(f"{module}.is_large", lambda source: True)
    source = source_of((4, 64, 64), ("t", "y", "x"))
    assert not box.add_to(SegmentConfig(), source).track
    assert box.describe(source) == LARGE


def test_a_missing_laptrack_is_named_with_its_command(box, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "laptrack", None)
    source = source_of((4, 64, 64), ("t", "y", "x"))
    with pytest.raises(ValueError, match=r"napari-nuclei\[tracks\]"):
        box.add_to(SegmentConfig(), source)
