from __future__ import annotations

import cv2
import numpy as np
import pytest

from napari_nuclei.core.quality.background_cells import BackgroundCells
from napari_nuclei.core.quality.focus import measure_focus
from napari_nuclei.core.quality.measured_plane import DetailWindow


def focus(image, labels, diameter: float = 20) -> float:
    limits = (float(image.min()), float(image.max()))
    cells = BackgroundCells.measure(image, labels, diameter)
    window = DetailWindow.cut(image, labels, cells, limits=limits, diameter=diameter)
    return measure_focus(window)


def test_focus_falls_with_blur_and_not_with_noise(scene) -> None:
    image, labels = scene
    sharp = focus(image, labels)
    blurred = [focus(cv2.GaussianBlur(image, (0, 0), s), labels) for s in (1, 2, 4)]
    assert sharp > blurred[0] > blurred[1] > blurred[2]
    noise = np.random.default_rng(0).normal(0, np.ptp(image) / 20, image.shape)
    assert focus(image + noise.astype("f4"), labels) == pytest.approx(sharp, rel=0.15)


def test_a_flat_plane_has_no_focus(scene) -> None:
    _, labels = scene
    window = DetailWindow(
        np.zeros(labels.shape, "f4"), np.zeros(labels.shape, "f4"), labels, 20, 1, 1
    )
    assert np.isnan(measure_focus(window))
