from __future__ import annotations

import numpy as np
import pytest
from napari.components import ViewerModel

from napari_nuclei.model.store import find_model
from napari_nuclei.widgets.correct.maps.crop_maps import FROM_CROP, FROM_IMAGE
from napari_nuclei.widgets.correct.maps.crop_network import (
    compute_crop,
    find_plane_image,
    model_of,
)
from napari_nuclei.widgets.correct.shown_part import shown_part
from napari_nuclei.widgets.shared.segmenter_cache import SegmenterCache

RECORD = {"napari_nuclei": {"image": "cells", "model": "discs"}}


@pytest.fixture
def labelled(stack):
    """Return a viewer with a stack, another image over it, and labels."""
    viewer = ViewerModel()
    viewer.add_image(stack, name="cells")
    viewer.add_image(np.zeros_like(stack), name="other")
    labels = (stack > 1000).astype(np.int32)
    return viewer, viewer.add_labels(labels, metadata=RECORD)


def test_the_image_is_that_of_the_run_on_the_plane_on_display(labelled, stack) -> None:
    viewer, layer = labelled
    viewer.dims.set_current_step(0, 2)
    image = find_plane_image(viewer, layer, shown_part(viewer, layer))
    window = slice(10, 40), slice(20, 90)
    np.testing.assert_array_equal(image.read(*window), stack[2][window])
    viewer.dims.order = (0, 2, 1)
    image = find_plane_image(viewer, layer, shown_part(viewer, layer))
    np.testing.assert_array_equal(image.read(*window[::-1]), stack[2][window].T)
    layer.metadata = {}
    image = find_plane_image(viewer, layer, shown_part(viewer, layer))
    assert not image.read(*window).any()  # the topmost one


def test_labels_of_a_crop_read_their_part_of_the_image(spots) -> None:
    viewer = ViewerModel()
    colours = np.stack([spots[0] // 20] * 3, axis=-1).astype(np.uint8)
    viewer.add_image(colours, name="cells")
    layer = viewer.add_labels(spots[1][40:], translate=(40, 0))
    image = find_plane_image(viewer, layer, shown_part(viewer, layer))
    window = slice(0, 20), slice(5, 30)
    np.testing.assert_array_equal(image.read(*window), colours[40:60, 5:30])


def test_without_an_image_on_the_same_grid_there_is_none(spots) -> None:
    viewer = ViewerModel()
    viewer.add_image(spots[0], name="cells", scale=(2, 2))
    layer = viewer.add_labels(spots[1])
    assert find_plane_image(viewer, layer, shown_part(viewer, layer)) is None


def test_the_network_finds_what_a_run_finds(labelled, network) -> None:
    viewer, layer = labelled
    viewer.dims.set_current_step(0, 0)
    image = find_plane_image(viewer, layer, shown_part(viewer, layer))
    window = slice(70, 128), slice(60, 129)
    maps = compute_crop(
        image, (128, 192), window, model_of(layer), 20.0, SegmenterCache()
    )
    assert maps.source == FROM_CROP and maps.window == window
    np.testing.assert_array_equal(maps.foreground > 0.4, layer.data[0][window] > 0)


def test_a_window_smaller_than_a_tile_is_padded(labelled, network) -> None:
    viewer, layer = labelled
    image = find_plane_image(viewer, layer, shown_part(viewer, layer))
    window = slice(0, 3), slice(0, 5)
    maps = compute_crop(image, (128, 192), window, "discs", 20.0, SegmenterCache())
    assert maps.foreground.shape == (3, 5)


def test_without_its_model_the_image_alone_is_returned(labelled, network) -> None:
    viewer, layer = labelled
    image = find_plane_image(viewer, layer, shown_part(viewer, layer))
    with pytest.raises(FileNotFoundError):
        find_model("gone")
    window = slice(70, 128), slice(60, 129)
    maps = compute_crop(image, (128, 192), window, "gone", 20.0, SegmenterCache())
    assert maps.source == FROM_IMAGE and maps.foreground is None
    np.testing.assert_array_equal(maps.image, image.read(*window))
