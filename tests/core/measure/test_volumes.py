from __future__ import annotations

import numpy as np
import pytest

from napari_nuclei.core.axes import make_layout
from napari_nuclei.core.confidence import ConfidenceCurve
from napari_nuclei.core.measure.volumes import measure_volumes, select_channel

LABELS = np.zeros((4, 9, 8), np.int32)
LABELS[1:3, 2:5, 2:6] = 1
LABELS[3, 6:8, 1:3] = 2  # in one slice only


def test_each_nucleus_has_a_row_with_its_volume() -> None:
    layout = make_layout((4, 2, 9, 8), "ZCYX", 1)
    image = np.stack([LABELS * 0, LABELS * 10], axis=1)
    table = measure_volumes(LABELS, layout, image, pixel_size=0.5, z_spacing=2.0)
    assert table.index.tolist() == [1, 2]
    assert table["volume"].tolist() == [24, 4]
    assert table["volume_um3"].tolist() == [12, 2]
    assert table["intensity_mean"].tolist() == [10, 20]
    half = measure_volumes(LABELS, layout, image, pixel_size=0.5)
    assert not [name for name in half if name.endswith(("_um", "_um3"))]


def test_the_curve_turns_the_foreground_into_confidence() -> None:
    curve = ConfidenceCurve(-1.0, 2.0)
    foreground = np.full(LABELS.shape, 0.9, np.float32)
    table = measure_volumes(
        LABELS, make_layout(LABELS.shape, "ZYX"), foreground=foreground, curve=curve
    )
    assert table["confidence"].to_numpy() == pytest.approx(curve.confidence(0.9))


def test_colours_are_last() -> None:
    image = np.arange(3 * 4 * 9 * 8).reshape(3, 4, 9, 8)
    found = select_channel(image, make_layout(image.shape, "SZYX"))
    np.testing.assert_array_equal(found, image.transpose(1, 2, 3, 0))
    assert select_channel(LABELS, make_layout(LABELS.shape, "ZYX")) is LABELS
