from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from napari_nuclei.config import SegmentConfig
from napari_nuclei.core.blocks import Window
from napari_nuclei.core.card import ModelCard
from napari_nuclei.core.intensity.large_background import try_background
from napari_nuclei.core.intensity.preparation import Preparation
from napari_nuclei.core.normalize import percentile_limits
from napari_nuclei.core.segmenter import Segmenter

WINDOWS = [Window(0, 100, 0, 100), Window(100, 200, 80, 180)]


@pytest.fixture
def segmenter() -> Segmenter:
    """Return a segmenter whose network is never called."""
    return Segmenter(lambda tiles: tiles, ModelCard("test", diameter=16))


@pytest.fixture
def steep(discs) -> NDArray[np.float32]:
    """Return nuclei on a background that rises by eight times their contrast."""
    spots = [(y, x, 8) for y in range(20, 200, 40) for x in range(20, 200, 40)]
    rows, _ = np.mgrid[:200, :200]
    return np.asarray(100.0 * (discs((200, 200), spots) > 0) + 4 * rows, np.float32)


class CountingSegmenter(Segmenter):
    """Count the pixels near the top of the range, in place of nuclei."""

    def count_confident(self, plane: Any, config: SegmentConfig) -> int:
        bright = plane[..., 0] > 0.7
        return int(bright.sum()) if bright.mean() < 0.3 else 0


def run(segmenter: Segmenter, plane: NDArray[np.float32], **steps: Any) -> Preparation:
    return try_background(
        CountingSegmenter(segmenter.network, segmenter.card),
        (200, 200),
        lambda window: plane[window.index],
        WINDOWS,
        SegmentConfig(),
        Preparation(percentile_limits(plane), **steps),
        lambda read: percentile_limits(read(Window(0, 200, 0, 200))),
    )


def test_a_background_is_subtracted_if_more_nuclei_are_found(
    segmenter: Segmenter, steep: NDArray[np.float32]
) -> None:
    chosen = run(segmenter, steep, smoothing=1.5)
    assert chosen.background is not None
    assert chosen.smoothing == 1.5
    assert chosen.limits[1] < 200 < percentile_limits(steep)[1]
    whole = Window(0, 200, 0, 200)
    plain = Preparation(percentile_limits(steep)).apply(steep, whole)
    spread = [
        np.ptp([plane[10:30, :, 0].mean(), plane[170:190, :, 0].mean()])
        for plane in (chosen.apply(steep, whole), plain)
    ]
    assert spread[0] < 0.3 < spread[1]


def test_nothing_is_subtracted_from_an_even_plane(
    segmenter: Segmenter, steep: NDArray[np.float32]
) -> None:
    rows, _ = np.mgrid[:200, :200]
    even = np.asarray(steep - 4 * rows, np.float32)
    assert run(segmenter, even).is_plain


def test_dark_objects_are_no_nuclei_on_a_background(
    segmenter: Segmenter, steep: NDArray[np.float32]
) -> None:
    assert run(segmenter, -steep).is_plain
