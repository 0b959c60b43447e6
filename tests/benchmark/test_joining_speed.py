"""Time of joining slices, relative to the time of segmenting them."""

from __future__ import annotations

import time

import pytest

from napari_nuclei import SegmentConfig, link_planes, load_segmenter
from napari_nuclei.core.axes import make_layout
from napari_nuclei.core.simulation.synthetic_volume import synthetic_volume

pytestmark = pytest.mark.benchmark

MAX_SHARE = {256: 0.15, 512: 0.1, 1024: 0.1}
ROUNDS = 3


@pytest.mark.parametrize("side", list(MAX_SHARE))
def test_joining_takes_a_tenth_of_the_time(
    side: int, capsys: pytest.CaptureFixture[str]
) -> None:
    image, _ = synthetic_volume((8, side, side), anisotropy=2)
    segmenter = load_segmenter()
    config = SegmentConfig(numbering="plane", diameter=18)
    layout = make_layout(image.shape, "ZYX")
    segmenting, joining = [], []
    for _ in range(ROUNDS):
        # The time of both threads of the processor, which other programs do not change.
        start = time.process_time()
        planes = [p.labels for p in segmenter.planes(image, layout, config=config)]
        middle = time.process_time()
        labels = image.astype("int32")
        for plane, found in zip(labels, planes, strict=True):
            plane[...] = found
        begin = time.process_time()
        link_planes(labels, image, anisotropy=2)
        joining.append(time.process_time() - begin)
        segmenting.append(middle - start)
    share = min(joining) / min(segmenting)
    with capsys.disabled():
        print(f"\n{side} px: joining takes {share:.1%} of the time of segmenting")
    assert share < MAX_SHARE[side]
