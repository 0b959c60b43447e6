from __future__ import annotations

import numpy as np
import pytest
from napari.components import ViewerModel

from napari_nuclei.widgets.layers.viewport import camera_of
from napari_nuclei.widgets.nuclei.camera import show_nucleus


@pytest.fixture
def viewer() -> ViewerModel:
    viewer = ViewerModel()
    viewer.canvas.size = (600, 800)
    return viewer


def test_the_zoom_stays_if_the_nucleus_is_seen(viewer) -> None:
    layer = viewer.add_labels(np.ones((500, 500), int), scale=(0.5, 0.5))
    camera_of(viewer).zoom = 4
    show_nucleus(viewer, layer, np.array([40.0, 60.0]), 20)
    assert camera_of(viewer).center[-2:] == (20, 30)
    assert camera_of(viewer).zoom == 4


@pytest.mark.parametrize(("zoom", "diameter"), [(0.01, 20), (50, 300)])
def test_the_zoom_changes_if_the_nucleus_would_not_be_seen(
    viewer, zoom, diameter
) -> None:
    layer = viewer.add_labels(np.ones((500, 500), int))
    camera_of(viewer).zoom = zoom
    show_nucleus(viewer, layer, np.array([40.0, 60.0]), diameter)
    assert camera_of(viewer).zoom * diameter == pytest.approx(0.2 * 600)


def test_a_stack_goes_to_the_plane_of_the_nucleus(viewer) -> None:
    layer = viewer.add_labels(np.ones((5, 6, 50, 50), int), scale=(1, 3, 1, 1))
    show_nucleus(viewer, layer, np.array([2.0, 4.0, 10.0, 12.0]), 8)
    assert viewer.dims.current_step[:2] == (2, 4)
    assert camera_of(viewer).center[-2:] == (10, 12)


def test_layers_with_more_axes_do_not_matter(viewer) -> None:
    viewer.add_image(np.zeros((4, 50, 50)))
    layer = viewer.add_labels(np.ones((50, 50), int))
    viewer.dims.set_current_step(0, 3)
    show_nucleus(viewer, layer, np.array([10.0, 12.0]), 8)
    assert viewer.dims.current_step[0] == 3
    assert camera_of(viewer).center[-2:] == (10, 12)


def test_a_nucleus_that_is_small_on_the_screen_is_enlarged_on_request(viewer) -> None:
    layer = viewer.add_labels(np.ones((500, 500), int))
    camera_of(viewer).zoom = 1
    centre = np.array([40.0, 60.0])
    show_nucleus(
        viewer, layer, centre, 30, min_canvas_fraction=1 / 16, canvas_fraction=1 / 6
    )
    assert camera_of(viewer).zoom * 30 == pytest.approx(600 / 6)
    show_nucleus(
        viewer, layer, centre, 15, min_canvas_fraction=1 / 16, canvas_fraction=1 / 6
    )
    assert camera_of(viewer).zoom * 30 == pytest.approx(600 / 6)
