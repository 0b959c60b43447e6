from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from napari_nuclei.core.axes import make_layout
from napari_nuclei.core.measure.nuclei import measure
from napari_nuclei.io.labelled_image import LabelledImage


@pytest.fixture
def labels(discs) -> np.ndarray:
    plane = discs((40, 60), [(20, 15, 8), (20, 40, 5)])
    return np.stack([plane, np.where(plane > 0, plane + 2, 0)])


def test_the_planes_of_a_stack_have_their_index(labels: np.ndarray) -> None:
    image = LabelledImage(labels, make_layout(labels.shape, "ZYX"))
    assert image.axes == "ZYX"
    assert list(image.planes) == [(0,), (1,)]
    for (index,), plane in image.planes.items():
        np.testing.assert_array_equal(plane, labels[index])


def test_the_table_is_that_of_measure(labels: np.ndarray, rng) -> None:
    pixels = rng.integers(0, 255, labels.shape, np.uint8)
    foreground = rng.random(labels.shape, np.float32)
    image = LabelledImage(
        labels,
        make_layout(labels.shape, "TYX"),
        0.5,
        image=pixels,
        foreground=foreground,
    )
    expected = measure(
        labels, pixels, foreground=foreground, pixel_size=0.5, axes="TYX"
    )
    pd.testing.assert_frame_equal(image.table, expected)


def test_a_table_that_exists_is_not_measured_again(labels: np.ndarray) -> None:
    table = pd.DataFrame({"area": [1]})
    image = LabelledImage(
        labels, make_layout(labels.shape, "TYX"), measure=lambda: table
    )
    assert image.table is table
