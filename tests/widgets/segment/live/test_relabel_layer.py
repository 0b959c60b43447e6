"""New labels in the layer of a run."""

from __future__ import annotations

import pytest
from napari.layers import Image, Labels

from napari_nuclei import SegmentConfig
from napari_nuclei.widgets.layers.image_source import make_image_source
from napari_nuclei.widgets.segment.in_memory import (
    relabel,
    remeasure,
    segment_in_memory,
)
from napari_nuclei.widgets.segment.layer_data import (
    METADATA_KEY,
    PREDICTION,
    labels_layer_kwargs,
)
from napari_nuclei.widgets.segment.live.relabel_layer import RelabelLayer, run_of


@pytest.fixture
def relabelled(stack, network, own_models):
    """Return a run, its layer, and the object that draws new labels."""
    source = make_image_source(Image(stack), (0, 0, 0))
    model, config = own_models / "discs", SegmentConfig()
    run = segment_in_memory(source, model, config, lambda step: None)
    layer = Labels(run.labels, **labels_layer_kwargs(run))
    return run, layer, RelabelLayer(run, layer)


def test_new_labels_are_drawn_in_place_and_are_the_new_prediction(relabelled) -> None:
    run, layer, relabel_layer = relabelled
    data = layer.data
    labelled = relabel(run, SegmentConfig(max_size=1), lambda step: None)
    for plane_index, filtered in labelled.items():
        assert relabel_layer.is_unedited
        relabel_layer.draw_plane(plane_index, filtered)
    assert layer.data is data
    assert not layer.data.any()
    assert relabel_layer.is_unedited
    planes = remeasure(run, labelled, lambda step: None)
    relabel_layer.update_table(SegmentConfig(max_size=1), planes)
    record = layer.metadata[METADATA_KEY]
    assert record["settings"]["max_size"] == 1
    assert record["left_out"]["large"] == 12
    assert not record[PREDICTION].any()
    assert len(layer.features) == 0


@pytest.mark.parametrize(
    "edit",
    [
        lambda layer: layer.paint((0, 5, 5), 7),
        lambda layer: layer.fill((0, 30, 30), 9),
        lambda layer: setattr(layer, "data", layer.data.copy()),
        lambda layer: layer.data.__setitem__((0, 5, 5), 3),
    ],
    ids=["paint", "fill", "new data", "script"],
)
def test_an_edit_is_noticed_and_the_prediction_stays(relabelled, edit) -> None:
    run, layer, relabel_layer = relabelled
    edit(layer)
    assert not relabel_layer.is_unedited
    # Training learns from the difference to the prediction.
    assert layer.metadata[METADATA_KEY][PREDICTION][0].max() == 6
    assert (
        layer.metadata[METADATA_KEY][PREDICTION][0, 30, 30]
        == run.planes[0].table.index[0]
    )


def test_the_run_of_a_layer_is_found_while_its_maps_are_held(relabelled) -> None:
    run, layer, relabel_layer = relabelled
    assert run_of(layer) is run
    assert run_of(Labels(run.labels)) is None
    relabel_layer.detach()
    assert run_of(layer) is run  # an edited layer still has its maps
