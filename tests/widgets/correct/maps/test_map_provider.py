from __future__ import annotations

import pytest
from napari.components import ViewerModel

from napari_nuclei.widgets.correct.maps import map_provider
from napari_nuclei.widgets.correct.maps.crop_maps import FROM_NOTHING, CropMaps
from napari_nuclei.widgets.correct.maps.map_provider import MapProvider
from napari_nuclei.widgets.correct.shown_part import shown_part


@pytest.fixture
def computed(monkeypatch):
    """Return the windows that the network is run on."""
    windows = []

    def compute(image, shape, window, model, diameter, segmenters):
        windows.append(window)
        return CropMaps(window, source="computed")

    monkeypatch.setattr(map_provider, "compute_crop", compute)
    return windows


@pytest.fixture
def scene(stack):
    viewer = ViewerModel()
    viewer.add_image(stack)
    return viewer, viewer.add_labels(stack * 0)


def test_clicks_nearby_use_what_was_computed_once(scene, computed) -> None:
    viewer, layer = scene
    maps, found = MapProvider(viewer), []
    maps.diameter = 8.0
    part = shown_part(viewer, layer)
    assert maps.find(layer, part, (60, 60)) is None
    maps.request(layer, part, (60, 60), found.append)
    maps.request(layer, part, (66, 55), found.append)
    assert computed == [(slice(20, 101), slice(20, 101))] and found[0] is found[1]
    maps.request(layer, part, (60, 140), found.append)
    viewer.dims.set_current_step(0, 0 if part.position[0] else 1)
    maps.request(layer, shown_part(viewer, layer), (60, 60), found.append)
    assert len(computed) == 3
    maps.forget()
    assert maps.find(layer, part, (60, 60)) is None


def test_a_large_box_gets_a_large_window(scene, computed) -> None:
    viewer, layer = scene
    maps = MapProvider(viewer)
    maps.diameter = 8.0
    part = shown_part(viewer, layer)
    maps.request(layer, part, (60, 90), lambda maps: None, 60.0)
    ((rows, columns),) = computed
    assert rows == slice(0, 128) and columns == slice(0, 181)


def test_without_an_image_the_answer_comes_at_once(scene, computed) -> None:
    viewer, layer = scene
    del viewer.layers[0]
    found = []
    MapProvider(viewer).request(
        layer, shown_part(viewer, layer), (60, 60), found.append
    )
    assert found[0].source == FROM_NOTHING and not computed
