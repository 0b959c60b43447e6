from __future__ import annotations

import numpy as np
import pytest

from napari_nuclei.core.quality.background_cells import BackgroundCells
from napari_nuclei.core.quality.measured_plane import (
    WINDOW_SIDE,
    DetailWindow,
    dilate,
    find_window,
    read_grey,
)


def test_the_window_has_the_most_nuclei() -> None:
    labels = np.zeros((900, 700), np.int32)
    labels[700:800, 20:120] = 1
    window = find_window(labels, 256)
    assert labels[window.index].sum() == labels.sum()
    assert window.shape == (256, 256)
    assert find_window(labels[:100, :90], 256).shape == (100, 90)


@pytest.mark.parametrize(
    ("pixels", "expected"),
    [
        (np.array([[0, 50, 100]], np.uint8), [0, 0.5, 1]),
        (np.array([[[0, 50, 100], [100, 100, 100]]], np.uint8), [0.5, 1]),
        (np.array([[0, 2**62, 2**63]], np.uint64), [0, 2**62 / 100, 1e6]),
        (np.array([[-1e300, 0, 1e300]]), [-1e6, 0, 1e6]),
    ],
    ids=["grey", "colour", "large integers", "large floats"],
)
def test_grey_values_are_scaled_to_the_limits(pixels, expected) -> None:
    found = read_grey(pixels, (0, 100))
    assert found.dtype == np.float32
    np.testing.assert_allclose(found[0], np.minimum(expected, 1e6), rtol=1e-6)


def test_large_nuclei_are_shrunk_and_their_window_is_wider(scene) -> None:
    image, labels = (np.kron(a, np.ones((4, 4), a.dtype)) for a in scene)
    cells = BackgroundCells.measure(image, labels, 80)
    window = DetailWindow.cut(image, labels, cells, limits=(0, 1), diameter=80)
    assert window.diameter == 20
    assert window.values.shape == window.labels.shape == (WINDOW_SIDE, WINDOW_SIDE)
    assert len(np.unique(window.labels)) > 20


def test_a_dilated_mask_grows_by_the_radius() -> None:
    mask = np.zeros((9, 9), np.uint8)
    mask[4, 4] = 3
    assert (dilate(mask, 2) == 3).sum() == 25
