from __future__ import annotations

import numpy as np
import pytest

from napari_nuclei.widgets.layers.viewport import (
    camera_of,
    canvas_size,
    screen_pixels,
    unwrap_layer,
    visible_box,
)


@pytest.fixture
def viewer_and_layer(make_napari_viewer):
    """Return a viewer whose camera is centred on row 30, column 50 of an image."""
    viewer = make_napari_viewer()
    layer = viewer.add_image(np.zeros((3, 400, 600), np.uint8), scale=(1, 2, 2))
    camera_of(viewer).center = (0, 60, 100)
    return viewer, unwrap_layer(layer)


def test_the_visible_box_is_the_canvas_in_pixels_of_the_layer(viewer_and_layer) -> None:
    viewer, layer = viewer_and_layer
    height, width = canvas_size(viewer)
    camera_of(viewer).zoom = height / 40  # 40 world units, or 20 rows, are visible
    planes, rows, columns = visible_box(viewer, layer)
    assert planes == (0, 3)
    assert rows == (20, 41)
    half_width = width / height * 10
    expected = (np.floor(50.5 - half_width), np.ceil(50.5 + half_width))
    assert columns == tuple(np.clip(expected, 0, 600))
    assert screen_pixels(viewer, layer) == pytest.approx(height / 20)


def test_nothing_is_visible_beyond_the_image(viewer_and_layer) -> None:
    viewer, layer = viewer_and_layer
    camera_of(viewer).center = (0, 10_000, 100)
    _, rows, _ = visible_box(viewer, layer)
    assert rows == (400, 400)


def test_a_view_of_other_axes_has_no_visible_box(viewer_and_layer) -> None:
    viewer, layer = viewer_and_layer
    viewer.dims.order = (1, 0, 2)
    assert visible_box(viewer, layer) is None
    assert visible_box(viewer, layer, (0, 2)) is not None
    viewer.dims.ndisplay = 3
    assert visible_box(viewer, layer) is None


def test_a_layer_without_a_proxy_is_returned(viewer_and_layer) -> None:
    viewer, layer = viewer_and_layer
    assert unwrap_layer(layer) is layer
    assert unwrap_layer(viewer.layers[0]) is layer
