from __future__ import annotations

import numpy as np
import pytest
from napari.components import ViewerModel

from napari_nuclei import SegmentConfig
from napari_nuclei.widgets.correct.improve_request import (
    find_corrected,
    make_improve_request,
)
from napari_nuclei.widgets.layers.channel_axis import add_channel_axis
from napari_nuclei.widgets.layers.image_source import (
    VISIBLE_PART,
    RegionChoice,
    make_image_source,
)
from napari_nuclei.widgets.segment.in_memory import segment_in_memory
from napari_nuclei.widgets.segment.layer_data import labels_layer_kwargs


@pytest.fixture
def segmented(network, own_models):
    """Return a function that adds an image and its result to a viewer."""

    def segment(viewer, pixels, name="cells", choice=None, view=None, **arguments):
        image = viewer.add_image(pixels, name=name, **arguments)
        source = make_image_source(image, viewer.dims.point, choice, view)
        run = segment_in_memory(
            source, own_models / "discs", SegmentConfig(), lambda step: None
        )
        labels = add_channel_axis(source, run.labels.copy())
        return image, viewer.add_labels(labels, **labels_layer_kwargs(run))

    return segment


def test_the_corrections_of_all_open_images_are_used(segmented, spots) -> None:
    viewer = ViewerModel()
    image, layer = segmented(viewer, spots[0])
    with pytest.raises(ValueError, match="is as Segment nuclei made it"):
        make_improve_request(viewer, layer)
    for number in (1, 4):
        layer.data[layer.data == number] = 0
    request = make_improve_request(viewer, layer)
    assert request.image is image
    assert (request.name, request.base) == ("my-cells", "discs")
    assert request.config.budget == 90
    (training,), (held_out,) = request.samples, request.validation
    assert not training.labels.any()
    assert training.annotated.any()
    assert not training.annotated[(layer.data > 0)].any()
    assert held_out.labels.any()  # nuclei that were right are tested too
    whole = make_improve_request(viewer, layer, all_checked=True)
    nuclei = [np.unique(s.labels) for s in (*whole.samples, *whole.validation)]
    assert sum(len(found) - 1 for found in nuclei) == 4
    # A second image, of which an earlier result is corrected too.
    _, older = segmented(viewer, spots[0][::-1], "second")
    older.data[older.data == 2] = 0
    viewer.layers.remove(image)
    with pytest.raises(ValueError, match=r"The image cells of .* is not open"):
        make_improve_request(viewer, layer)
    viewer.layers.append(image)
    assert [one.name for one, _ in find_corrected(viewer, layer)] == ["cells", "second"]
    assert {s.name[:8] for s in make_improve_request(viewer, layer).samples} == {
        "1 cells ",
        "2 second",
    }


def test_a_result_of_a_part_and_of_a_channel_is_read_from_its_place(
    segmented, spots
) -> None:
    viewer = ViewerModel()
    pixels = np.stack([np.zeros_like(spots[0]), spots[0]], axis=-1)
    choice = RegionChoice(VISIBLE_PART, channel_axis=2, channel=1)
    view = ((0, 70), (0, 128), (0, 2))
    _, layer = segmented(viewer, pixels, choice=choice, view=view, rgb=False)
    assert layer.data.shape == (70, 128, 1)
    layer.data[layer.data == 1] = 0
    request = make_improve_request(viewer, layer)
    sample = request.samples[0]
    assert sample.image.shape == sample.labels.shape == (70, 128)
    np.testing.assert_array_equal(sample.image, spots[0][:70, :128])


def test_layers_that_cannot_teach_are_refused(segmented, spots) -> None:
    viewer = ViewerModel()
    with pytest.raises(ValueError, match="Open the labels that you want to correct"):
        make_improve_request(viewer, None)
    painted = viewer.add_labels(spots[1], name="mine")
    with pytest.raises(ValueError, match="mine was not made by Segment nuclei"):
        make_improve_request(viewer, painted)
    _, layer = segmented(viewer, spots[0])
    layer.data[layer.data == 1] = 0
    layer.metadata["napari_nuclei"]["region"] = "inside shapes"
    with pytest.raises(ValueError, match="covers only the inside of shapes"):
        make_improve_request(viewer, layer, all_checked=True)
    layer.metadata["napari_nuclei"]["model"] = "removed"
    assert make_improve_request(viewer, layer).base == "nuclei"
