from __future__ import annotations

import numpy as np
import pytest
from napari.layers import Image

from napari_nuclei.widgets.contributions.open_image import choose_image, labels_layout


def test_channels_and_stack_axes_are_left_out_of_flat_labels() -> None:
    image = Image(np.zeros((5, 2, 30, 40)), axis_labels=("z", "c", "y", "x"))
    layout = labels_layout(image, flat=False)
    assert (layout.shape, layout.axes) == ((5, 30, 40), "ZYX")
    layout = labels_layout(image, flat=True)
    assert (layout.shape, layout.axes) == ((30, 40), "YX")
    assert labels_layout(Image(np.zeros((5, 30, 40))), flat=False).axes is None


def test_flat_labels_of_a_rotated_stack_are_where_its_planes_are() -> None:
    options = {"scale": (2, 3, 0.5, 0.5), "translate": (0, 0, 7, 8), "rotate": 30}
    image = Image(np.zeros((2, 3, 30, 40)), **options)
    layout = labels_layout(image, flat=True)
    layer = Image(np.zeros(layout.shape), **layout.transform)
    for point in ((0, 0), (5, 9)):
        expected = image.data_to_world((0, 0, *point))[-2:]
        np.testing.assert_allclose(layer.data_to_world(point), expected)


@pytest.fixture
def viewer(make_napari_viewer):
    return make_napari_viewer()


def test_the_selected_image_is_taken_or_several_of_one_size(viewer) -> None:
    assert choose_image("a.geojson", (), stacked=False) == (None, ())
    small = viewer.add_image(np.zeros((20, 30)))
    large = viewer.add_image(np.zeros((40, 50)))
    viewer.layers.selection.active = small
    assert choose_image("a", (), stacked=False)[0].shape == (20, 30)
    assert choose_image("a", (40, 50), stacked=False)[0].shape == (40, 50)
    viewer.layers.selection.clear()
    layout, notes = choose_image("a", (), stacked=False)
    assert layout is None
    assert notes == (
        "Several images of different sizes are open: select one, then open a again",
    )
    viewer.layers.remove(large)
    viewer.layers.selection.clear()
    assert choose_image("a", (), stacked=False)[0].shape == (20, 30)
    layout, notes = choose_image("a", (1, 2), stacked=False)
    assert layout is None
    assert notes == ("a belongs to an image of 1 x 2 pixels; no such image is open",)
