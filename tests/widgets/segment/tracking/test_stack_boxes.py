from __future__ import annotations

import numpy as np
from napari.layers import Image

from napari_nuclei.config import SegmentConfig
from napari_nuclei.widgets.layers.image_source import make_image_source
from napari_nuclei.widgets.segment.tracking.stack_boxes import StackBoxes


def test_volumes_over_time_are_joined_and_tracked(qapp) -> None:
    layer = Image(np.zeros((3, 4, 64, 64), np.uint8), axis_labels=("t", "z", "y", "x"))
    boxes = StackBoxes()
    boxes.show(layer)
    assert boxes.join.box.value and not boxes.track.box.value
    boxes.track.box.value = True
    source = make_image_source(layer, (0,) * 4)
    config = boxes.add_to(SegmentConfig(), source)
    assert config == SegmentConfig(join="z", track=True)
    text = boxes.describe(source)
    assert boxes.join.describe(source) in text
    assert text.endswith(boxes.track.describe(source))
