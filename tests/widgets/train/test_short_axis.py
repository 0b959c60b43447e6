"""The Train dock asks what a short axis without a name holds."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from napari.components import ViewerModel

from napari_nuclei.config import TrainConfig
from napari_nuclei.core.synthetic import synthetic_nuclei
from napari_nuclei.widgets.segment.region_controls import ASK, CHANNELS, PLANES
from napari_nuclei.widgets.train.data_controls import FROM_FILES, FROM_LAYERS
from napari_nuclei.widgets.train.layer_pairs import LayerPairs
from napari_nuclei.widgets.train.short_axis import find_short_axis
from napari_nuclei.widgets.train.start_painting import start_painting

CONFIG = TrainConfig.fine_tuning()


@pytest.fixture
def viewer() -> Any:
    """Return a viewer with an image of two channels, the second with nuclei."""
    viewer = ViewerModel()
    nuclei, labels = synthetic_nuclei((160, 160), seed=2)
    other = np.random.default_rng(0).integers(0, 900, nuclei.shape, np.uint16)
    viewer.add_image(np.stack([other, nuclei]), name="cells")
    painted = np.zeros((2, *labels.shape), np.int32)
    painted[1] = labels
    viewer.add_labels(painted, name="painted")
    viewer.add_labels(labels, name="flat")
    viewer.dims.set_point(0, 1)
    return viewer


@pytest.fixture
def form(make_form, viewer) -> Any:
    form = make_form(*viewer.layers)
    form.data.labels.value = viewer.layers["painted"]
    return form


def test_the_axis_is_asked_for(form, viewer) -> None:
    box = form.data.short_axis.box
    assert box.visible or not box.native.isHidden()
    assert (box.label, box.value) == ("First axis (2)", ASK)
    with pytest.raises(
        ValueError, match="above whether the first axis of cells, of le"
    ):
        LayerPairs(viewer, form).samples(CONFIG)


@pytest.mark.parametrize("answer", [CHANNELS, PLANES])
@pytest.mark.parametrize("labels", ["painted", "flat"])
def test_channels_are_one_image_and_planes_several(
    form, viewer, answer: str, labels: str
) -> None:
    form.data.labels.value = viewer.layers[labels]
    form.data.short_axis.box.value = answer
    pairs = LayerPairs(viewer, form)
    if answer == PLANES and labels == "flat":
        with pytest.raises(ValueError, match="must have the shape of the image"):
            pairs.samples(CONFIG)
        return
    training, held_out = pairs.samples(CONFIG)
    names = {sample.name.split(" (")[0] for sample in (*training, *held_out)}
    assert names == {"cells" if answer == CHANNELS else "cells 1"}
    cells = viewer.layers["cells"].data
    for sample in training:
        assert sample.image.ndim == 2
        assert np.isin(sample.image, cells[1]).all()


def test_labels_of_one_plane_tell_that_the_axis_holds_channels(form, viewer) -> None:
    form.data.labels.value = viewer.layers["flat"]
    training, _ = LayerPairs(viewer, form).samples(CONFIG)
    assert training[0].image.ndim == 2


def test_an_answer_belongs_to_its_image(make_form, viewer) -> None:
    viewer.add_image(viewer.layers["cells"].data[::-1], name="others")
    viewer.add_image(viewer.layers["cells"].data[0], name="plane")
    form = make_form(*viewer.layers)
    data = form.data
    data.image.value = viewer.layers["cells"]
    data.short_axis.box.value = CHANNELS
    data.image.value = viewer.layers["others"]
    assert data.short_axis.box.value == ASK
    data.image.value = viewer.layers["plane"]
    assert data.short_axis.box.native.isHidden()
    data.image.value = viewer.layers["cells"]
    assert data.short_axis.box.value == CHANNELS
    with pytest.raises(ValueError, match="after you have chosen it as image above"):
        data.short_axis.choice(viewer.layers["others"])


def test_a_folder_needs_no_answer(form) -> None:
    form.data.train_on.value = FROM_FILES
    assert form.data.short_axis.box.native.isHidden()
    form.data.train_on.value = FROM_LAYERS
    assert not form.data.short_axis.box.native.isHidden()


def test_the_displayed_slice_is_read_without_an_answer(form, viewer) -> None:
    source, sample = LayerPairs(viewer, form).read_displayed_plane()
    assert source.layout.plane_shape == (160, 160)
    assert sample is not None
    assert sample.labels.max() > 2


def test_a_new_layer_to_paint_in_has_no_channels(form, viewer, monkeypatch) -> None:
    monkeypatch.setattr(
        "napari_nuclei.widgets.train.start_painting.screen_pixels", lambda *_: 1.0
    )
    form.data.short_axis.box.value = CHANNELS
    image = viewer.layers["cells"]
    choice = form.data.short_axis.choice(image)
    assert start_painting(viewer, image, None, choice).data.shape == (160, 160)


@pytest.mark.parametrize(
    ("shape", "options", "expected"),
    [
        ((3, 40, 50), {}, 0),
        ((5, 40, 50), {}, None),
        ((2, 9, 40, 50), {}, 0),
        ((3, 40, 50), {"axis_labels": ["z", "y", "x"]}, None),
        ((3, 40, 50), {"axis_labels": ["c", "y", "x"]}, None),
        ((40, 50, 3), {"rgb": True}, None),
        ((40, 50), {}, None),
    ],
)
def test_only_short_axes_without_a_name_are_unclear(shape, options, expected) -> None:
    layer = ViewerModel().add_image(np.zeros(shape, np.uint8), **options)
    assert find_short_axis(layer) == expected
    assert find_short_axis(None) is None
