from __future__ import annotations

import numpy as np
import pytest
from napari.components import ViewerModel
from napari.layers import Image

from napari_nuclei import SegmentConfig
from napari_nuclei.widgets.correct.maps.crop_maps import (
    FROM_RUN,
    CropMaps,
    crop_of_run,
    window_round,
)
from napari_nuclei.widgets.correct.shown_part import shown_part
from napari_nuclei.widgets.layers.image_source import make_image_source
from napari_nuclei.widgets.segment.in_memory import segment_in_memory
from napari_nuclei.widgets.segment.layer_data import labels_layer_kwargs


@pytest.mark.parametrize(
    ("pixel", "expected"),
    [
        ((50, 60), (slice(40, 61), slice(50, 71))),
        ((3, 98), (slice(0, 14), slice(88, 100))),
        ((-9, 250), (slice(0, 2), slice(99, 100))),
    ],
)
def test_a_window_is_cut_off_at_the_borders(pixel, expected) -> None:
    assert window_round((100, 100), pixel, 10) == expected


def test_maps_cover_a_window_inside_theirs() -> None:
    maps = CropMaps((slice(10, 50), slice(0, 30)))
    assert maps.covers((slice(10, 20), slice(5, 30))) and maps.origin == (10, 0)
    assert not maps.covers((slice(9, 20), slice(5, 30)))


@pytest.fixture
def run_layer(stack, network, own_models):
    """Return a run on three planes, a viewer with its labels, and the layer."""
    source = make_image_source(Image(stack), (0, 0, 0))
    model, config = own_models / "discs", SegmentConfig(diameter="native")
    run = segment_in_memory(source, model, config, lambda step: None)
    viewer = ViewerModel()
    return run, viewer, viewer.add_labels(run.labels, **labels_layer_kwargs(run))


@pytest.mark.parametrize("order", [(0, 1, 2), (0, 2, 1)])
def test_the_output_of_a_run_lies_under_the_plane_on_display(run_layer, order) -> None:
    run, viewer, layer = run_layer
    viewer.dims.order = order
    viewer.dims.set_current_step(0, 2)
    part = shown_part(viewer, layer)
    window = window_round(part.plane.shape, (60, 70), 50)
    maps = crop_of_run(run, layer, part, window)
    assert maps.source == FROM_RUN and maps.foreground.shape == part.plane[window].shape
    np.testing.assert_array_equal(maps.foreground > 0.4, part.plane[window] > 0)
    assert maps.distance.shape == maps.foreground.shape


def test_other_planes_than_those_of_the_run_have_no_output(run_layer) -> None:
    run, viewer, layer = run_layer
    viewer.dims.order = (1, 0, 2)
    viewer.dims.set_current_step(1, 60)
    part = shown_part(viewer, layer)
    assert crop_of_run(run, layer, part, (slice(0, 2), slice(0, 9))) is None
    other = viewer.add_labels(run.labels[0, :60], name="smaller")
    viewer.dims.order = (0, 1, 2)
    part = shown_part(viewer, other)
    assert crop_of_run(run, other, part, (slice(0, 9), slice(0, 9))) is None
