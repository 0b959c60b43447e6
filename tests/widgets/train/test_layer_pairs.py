from __future__ import annotations

import numpy as np
import pytest
from napari.components import ViewerModel

from napari_nuclei.config import TrainConfig
from napari_nuclei.core.synthetic import synthetic_nuclei
from napari_nuclei.widgets.train.data_controls import FROM_LAYERS
from napari_nuclei.widgets.train.layer_pairs import LayerPairs
from napari_nuclei.widgets.train.samples_from_layers import BACKGROUND_IN_BOXES

CONFIG = TrainConfig.fine_tuning()


@pytest.fixture
def viewer():
    """Return a viewer without a window, with two images and their labels."""
    viewer = ViewerModel()
    for seed, name in enumerate(("first", "second")):
        image, labels = synthetic_nuclei((160, 160), seed=seed)
        viewer.add_image(image, name=name)
        viewer.add_labels(labels, name=f"{name} nuclei")
    return viewer


@pytest.fixture
def form(make_form, viewer):
    return make_form(*viewer.layers)


def choose(form, viewer, name: str) -> None:
    form.data.image.value = viewer.layers[name]
    form.data.labels.value = viewer.layers[f"{name} nuclei"]


def test_a_pair_is_added_once_and_removed(viewer, form) -> None:
    pairs = LayerPairs(viewer, form)
    for name in ("first", "second", "first"):
        choose(form, viewer, name)
        pairs.add()
    assert pairs.names == "first + first nuclei, second + second nuclei"
    assert [image.name for image, _ in pairs.selected] == ["first", "second"]
    pairs.clear()
    assert pairs.names == ""


def test_pairs_of_closed_layers_are_left_out(viewer, form) -> None:
    pairs = LayerPairs(viewer, form)
    for name in ("first", "second"):
        choose(form, viewer, name)
        pairs.add()
    viewer.layers.remove("first nuclei")
    assert [image.name for image, _ in pairs.selected] == ["second"]


def test_without_added_pairs_the_chosen_one_is_used(viewer, form) -> None:
    choose(form, viewer, "second")
    training, held_out = LayerPairs(viewer, form).samples(CONFIG)
    assert {sample.name.split()[0] for sample in (*training, *held_out)} == {"second"}


def test_without_layers_an_error_says_what_to_open(make_form) -> None:
    pairs = LayerPairs(ViewerModel(), make_form())
    with pytest.raises(ValueError, match="Open an image and a labels layer"):
        pairs.selected  # noqa: B018
    with pytest.raises(ValueError, match="Open an image first"):
        pairs.read_displayed_plane()


def test_chosen_test_layers_are_held_out_completely(viewer, form) -> None:
    choose(form, viewer, "first")
    form.held_out.test_on.value = FROM_LAYERS
    form.held_out.image.value = viewer.layers["second"]
    form.held_out.labels.value = viewer.layers["second nuclei"]
    training, held_out = LayerPairs(viewer, form).samples(CONFIG)
    assert [sample.name for sample in training] == ["first"]
    assert [sample.name for sample in held_out] == ["second (held out)"]


def test_boxes_become_a_mask_of_their_inside(viewer, make_form) -> None:
    corners = [[20, 30], [20, 90], [60, 90], [60, 30]]
    viewer.add_shapes([corners], name="boxes")
    form = make_form(*viewer.layers)
    choose(form, viewer, "first")
    form.data.unpainted.value = BACKGROUND_IN_BOXES
    _, annotation = LayerPairs(viewer, form).read_displayed_plane()
    assert annotation.annotated[25:55, 35:85].all()
    assert annotation.annotated[100:].mean() < annotation.annotated[20:60, 30:90].mean()


def test_the_displayed_plane_of_a_stack_is_read(make_form) -> None:
    viewer = ViewerModel()
    stack = np.stack([np.full((32, 32), level, np.uint8) for level in (0, 50, 90)])
    labels = np.zeros(stack.shape, int)
    labels[2, 8:16, 8:16] = 1
    viewer.add_image(stack)
    viewer.add_labels(labels)
    pairs = LayerPairs(viewer, make_form(*viewer.layers))
    viewer.dims.set_point(0, 1)
    source, annotation = pairs.read_displayed_plane()
    assert source.box[0] == (1, 2)
    assert annotation is None
    viewer.dims.set_point(0, 2)
    _, annotation = pairs.read_displayed_plane()
    assert annotation.annotated[8:16, 8:16].all()
