from __future__ import annotations

import numpy as np
import pytest
from napari.layers import Image

from napari_nuclei.widgets.layers.channel_axis import (
    add_channel_axis,
    remove_channel_axis,
)
from napari_nuclei.widgets.layers.image_source import make_image_source


def source_with(names: tuple[str, ...]):
    shape = [{"t": 4, "c": 2, "y": 32, "x": 24}[name] for name in names]
    layer = Image(np.zeros(shape, np.uint8), axis_labels=names, rgb=False)
    return make_image_source(layer, (0,) * layer.ndim)


@pytest.mark.parametrize(
    ("names", "shape"),
    [
        (("c", "t", "y", "x"), (4, 32, 24)),
        (("t", "c", "y", "x"), (4, 1, 32, 24)),
        (("y", "x", "c"), (32, 24, 1)),
        (("t", "y", "x"), (4, 32, 24)),
    ],
    ids=["first", "middle", "last", "none"],
)
def test_labels_get_the_channel_axis_that_sliders_need(names, shape, rng) -> None:
    source = source_with(names)
    labels = rng.integers(0, 9, source.layout.label_shape)
    shown = add_channel_axis(source, labels)
    assert shown.shape == shape
    assert np.shares_memory(shown, labels)
    np.testing.assert_array_equal(remove_channel_axis(source, shown), labels)


def test_every_level_of_a_pyramid_gets_the_axis() -> None:
    source = source_with(("t", "c", "y", "x"))
    levels = [np.zeros((4, n, n), int) for n in (32, 16)]
    shapes = [level.shape for level in add_channel_axis(source, levels)]
    assert shapes == [(4, 1, 32, 32), (4, 1, 16, 16)]


def test_a_nucleus_painted_on_one_channel_counts_for_all() -> None:
    source = source_with(("t", "c", "y", "x"))
    painted = np.zeros((4, 2, 32, 24), int)
    painted[1, 0, 5, 5], painted[2, 1, 6, 6] = 3, 4
    labels = remove_channel_axis(source, painted)
    assert labels.shape == (4, 32, 24)
    assert (labels[1, 5, 5], labels[2, 6, 6], labels.sum()) == (3, 4, 7)
