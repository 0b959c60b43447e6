from __future__ import annotations

import numpy as np
import pytest

from napari_nuclei.core.blocks import Window
from napari_nuclei.core.quality.background_cells import (
    BackgroundCells,
    find_background,
)


def test_nuclei_do_not_change_the_background(discs) -> None:
    labels = discs((200, 200), [(40, 40, 10), (100, 120, 10), (150, 60, 10)])
    ramp = np.linspace(100, 200, 200, dtype=np.float32)[np.newaxis].repeat(200, 0)
    values = ramp + 500 * (labels > 0).astype(np.float32)
    cells = BackgroundCells.measure(values, labels, 20)
    whole = cells.read(Window(0, 200, 0, 200), (200, 200))
    assert np.abs(whole - ramp)[:, 30:-30].max() < 10
    assert cells.range == pytest.approx(75, abs=15)


def test_a_window_has_the_background_of_the_whole_plane(discs) -> None:
    labels = discs((90, 130), [(40, 40, 8)])
    values = np.random.default_rng(0).normal(size=labels.shape).astype(np.float32)
    cells = BackgroundCells.measure(values, labels, 16)
    whole = cells.read(Window(0, 90, 0, 130), (90, 130))
    window = Window(10, 60, 30, 130)
    np.testing.assert_allclose(
        cells.read(window, (90, 130)), whole[window.index], atol=1e-6
    )


def test_dense_nuclei_leave_the_pixels_between_them_as_background() -> None:
    labels = np.ones((40, 40), np.int32)
    labels[:, 20] = 0
    assert find_background(labels, 20).sum() == 40
