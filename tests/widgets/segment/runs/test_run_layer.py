"""The layer of a run in progress, in a viewer without a window."""

from __future__ import annotations

import numpy as np
import pytest
from napari.components import ViewerModel
from napari.layers import Image

from napari_nuclei import SegmentConfig
from napari_nuclei.widgets.layers.image_source import make_image_source
from napari_nuclei.widgets.segment.in_memory import segment_in_memory
from napari_nuclei.widgets.segment.runs.run_layer import RunLayer, displayed_plane


@pytest.fixture
def segment(network, own_models):
    """Return a function that segments an image layer."""

    def segment_(layer: Image):
        source = make_image_source(layer, (0,) * layer.ndim)
        model, config = own_models / "discs", SegmentConfig()
        return segment_in_memory(source, model, config, lambda step: None)

    return segment_


@pytest.fixture
def viewer() -> ViewerModel:
    return ViewerModel()


def note_redraws(layer) -> list[int]:
    redraws: list[int] = []
    layer.events.set_data.connect(lambda event: redraws.append(1))
    return redraws


def test_the_displayed_plane_is_drawn_when_it_is_done(
    viewer, segment, stack, monkeypatch
) -> None:
    name = "napari_nuclei.widgets.segment.runs.run_layer.REDRAW_INTERVAL"
    monkeypatch.setattr(name, 0.0)
    image = viewer.add_image(stack, scale=(3, 1, 1), translate=(6, 0, 0))
    run = segment(image)
    planes, run.planes = run.planes, []
    run_layer = RunLayer(viewer, outlines=True)
    run_layer.show(run)
    assert not run_layer.is_shown
    run.planes = planes[:1]
    run_layer.show(run)
    layer = run_layer.layer
    assert run_layer.is_shown
    assert layer.contour
    assert not layer.editable
    assert np.shares_memory(layer.data, run.labels)
    assert layer.scale.tolist() == [3, 1, 1]
    assert viewer.layers.selection.active is image
    viewer.dims.set_point(0, 12)
    assert displayed_plane(viewer, layer, run.source) == (2,)
    redraws = note_redraws(layer)
    run.planes = planes[:2]
    run_layer.show(run)
    assert not redraws  # another plane is displayed
    run.planes = planes
    run_layer.show(run)
    assert len(redraws) == 1
    run_layer.show(run)
    assert len(redraws) == 1  # nothing new
    viewer.layers.remove(layer)
    run_layer.show(run)
    assert list(viewer.layers) == [image]


def test_joined_labels_replace_those_of_the_slices(viewer, segment, stack) -> None:
    run = segment(viewer.add_image(stack))
    run_layer = RunLayer(viewer)
    run_layer.show(run)
    run.labels = run.labels[::-1].copy()
    run_layer.show(run)
    assert run_layer.layer.data is run.labels


def test_a_single_plane_needs_no_layer(viewer, segment, spots) -> None:
    run_layer = RunLayer(viewer)
    run_layer.show(segment(viewer.add_image(spots[0])))
    assert not run_layer.is_shown


def test_labels_of_an_image_with_channels_follow_its_sliders(
    viewer, segment, stack
) -> None:
    image = np.stack([stack, stack], axis=1)
    layer = viewer.add_image(image, axis_labels=("z", "c", "y", "x"))
    run_layer = RunLayer(viewer)
    run = segment(layer)
    run_layer.show(run)
    assert run_layer.layer.data.shape == (3, 1, 128, 192)
    viewer.dims.set_point((0, 1), (2, 1))
    assert displayed_plane(viewer, run_layer.layer, run.source) == (2,)
