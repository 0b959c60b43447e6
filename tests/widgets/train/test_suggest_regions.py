from __future__ import annotations

import numpy as np
import pytest

import napari_nuclei
from napari_nuclei.core.segmenter import Segmenter
from napari_nuclei.model.store import read_card
from napari_nuclei.widgets.layers.viewport import camera_of
from napari_nuclei.widgets.train.samples_from_layers import (
    BACKGROUND_IN_BOXES,
    CORRECTIONS_ONLY,
    IGNORE_UNPAINTED,
)
from napari_nuclei.widgets.train.train_form import FROM_SCRATCH

PATIENCE = 60_000


@pytest.fixture
def lopsided(network, own_models, monkeypatch):
    """Shift the predictions of the model "discs" to the right."""
    card = read_card(own_models / "discs")

    def shifted(tiles):
        return np.roll(network(tiles), 4, axis=2)

    def load(model):
        return Segmenter(shifted, card)

    monkeypatch.setattr(napari_nuclei, "load_segmenter", load, raising=False)


@pytest.fixture
def opened(make_napari_viewer, network):
    """Return a function that opens the Train widget on an image."""
    viewer = make_napari_viewer()

    def open_(image, **transform):
        viewer.add_image(image, name="cells", **transform)
        viewer.add_labels(np.zeros(image.shape, int), name="painted", **transform)
        opened = viewer.window.add_plugin_dock_widget("napari-nuclei", "Train a model")
        opened[1].form.base.value = "discs"
        return viewer, opened[1]

    return open_


def search(qtbot, widget) -> None:
    widget.region_suggester.find_button.native.click()
    qtbot.waitUntil(lambda: not widget.region_suggester.running, timeout=PATIENCE)


def boxes_of(viewer):
    return viewer.layers["where to paint: cells"]


def middle(layer, number: int) -> np.ndarray:
    return np.mean([layer.data_to_world(x) for x in layer.data[number]], axis=0)


def test_the_camera_moves_from_one_uncertain_region_to_the_next(
    opened, lopsided, spots, qtbot
) -> None:
    viewer, widget = opened(spots[0], scale=(0.5, 0.5), translate=(20, 30))
    viewer.layers.selection.active = viewer.layers["painted"]
    search(qtbot, widget)
    layer = boxes_of(viewer)
    uncertainty = list(layer.features["uncertainty"])
    assert uncertainty == sorted(uncertainty, reverse=True)
    assert list(layer.features["rank"]) == list(range(1, len(layer.data) + 1))
    assert len(layer.data) > 1
    assert viewer.layers.selection.active == viewer.layers["painted"]
    for number in (0, 1):
        np.testing.assert_allclose(
            camera_of(viewer).center[-2:], middle(layer, number), atol=1e-6
        )
        assert widget.status_panel.status.value.startswith(f"Spot {number + 1} of")
        widget.region_suggester.next_button.native.click()
    # The inside of suggested boxes does not count as annotated.
    assert layer not in widget.form.data.boxes.choices
    saved = viewer.add_shapes(metadata={"napari_nuclei_doubt": {"model": "discs"}})
    assert saved not in widget.form.data.boxes.choices
    assert viewer.add_shapes() in widget.form.data.boxes.choices


def test_painted_nuclei_are_in_no_box(opened, lopsided, spots, qtbot) -> None:
    viewer, widget = opened(spots[0])
    viewer.layers["painted"].data[:, :120] = spots[1][:, :120]
    search(qtbot, widget)
    columns = [corners[:, 1].max() for corners in boxes_of(viewer).data]
    # The discs about column 150 are the only ones that are not painted.
    assert min(columns) > 130


def test_painted_background_is_annotated_and_no_nucleus(opened, spots, qtbot) -> None:
    viewer, widget = opened(spots[0])
    layer, form = viewer.layers["painted"], widget.form
    layer.data[spots[1] == 1] = 1
    layer.data[60:70] = 9
    form.data.unpainted.value, form.data.background.value = IGNORE_UNPAINTED, 9
    _, _, annotated = widget._make_search_request()
    assert set(np.unique(annotated.labels)) == {0, 1}
    assert annotated.annotated[60:70].all()
    assert annotated.annotated[spots[1] == 1].all()
    assert not annotated.annotated[75:].any()


def test_only_corrections_are_annotated(opened, spots, lopsided, qtbot) -> None:
    viewer, widget = opened(spots[0])
    layer = viewer.layers["painted"]
    layer.data = spots[1].copy()
    widget.form.data.unpainted.value = CORRECTIONS_ONLY
    assert widget._make_search_request()[2] is None
    layer.metadata["napari_nuclei"] = {"prediction": spots[1]}
    assert widget._make_search_request()[2] is None
    layer.data[layer.data == 1] = 0
    annotated = widget._make_search_request()[2]
    assert annotated.annotated[spots[1] == 1].all()
    assert not annotated.annotated[spots[1] > 1].any()
    search(qtbot, widget)
    assert len(boxes_of(viewer).data) > 1


def test_the_inside_of_boxes_is_annotated(opened, spots) -> None:
    viewer, widget = opened(spots[0])
    viewer.add_shapes([[[0, 0], [0, 80], [127, 80], [127, 0]]], name="boxes")
    widget.form.data.unpainted.value = BACKGROUND_IN_BOXES
    annotated = widget._make_search_request()[2].annotated
    assert annotated[5:120, 5:75].all()
    assert not annotated[:, 85:].any()


def test_the_displayed_plane_is_searched_and_displayed_again(
    opened, lopsided, spots, qtbot
) -> None:
    stack = np.stack([np.zeros_like(spots[0]), spots[0], np.zeros_like(spots[0])])
    viewer, widget = opened(stack)
    viewer.dims.set_point(0, 1)
    search(qtbot, widget)
    assert middle(boxes_of(viewer), 0)[0] == 1
    viewer.dims.set_point(0, 2)
    widget.region_suggester.next_button.native.click()
    assert viewer.dims.point[0] == 1


def test_a_model_that_is_sure_everywhere_says_so(opened, spots, qtbot) -> None:
    viewer, widget = opened(np.zeros_like(spots[0]))
    search(qtbot, widget)
    assert widget.status_panel.status.value == (
        "discs is sure everywhere in this plane; try another one."
    )
    assert "where to paint: cells" not in viewer.layers
    assert not widget.region_suggester.next_button.enabled


def test_a_search_that_cannot_start_says_why(opened, spots, network, qtbot) -> None:
    viewer, widget = opened(spots[0])
    network.error = RuntimeError("out of memory")
    search(qtbot, widget)
    assert widget.status_panel.status.value == "out of memory"
    widget.form.base.value = FROM_SCRATCH
    search(qtbot, widget)
    assert widget.status_panel.status.value.startswith(
        'Choose a model under "Start from" first'
    )
    viewer.layers.clear()
    search(qtbot, widget)
    assert widget.status_panel.status.value == "Open an image first."


def test_boxes_that_were_removed_are_not_shown(opened, lopsided, spots, qtbot) -> None:
    viewer, widget = opened(spots[0])
    search(qtbot, widget)
    viewer.layers.remove("where to paint: cells")
    widget.region_suggester.next_button.native.click()
    assert widget.status_panel.status.value.startswith("There are no boxes")
