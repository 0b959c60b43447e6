from __future__ import annotations

import numpy as np
import pytest
from qtpy.QtCore import Qt

from napari_nuclei.widgets.nuclei.layer_choice import ImageList
from napari_nuclei.widgets.segment.layer_data import METADATA_KEY


@pytest.fixture
def images(model, qtbot) -> ImageList:
    model.add_image(np.zeros((128, 192)), name="shifted", translate=(0.5, 0))
    model.add_image(np.zeros((9, 9)), name="small")
    model.add_image(np.zeros((128, 192)), name="probability").metadata = {
        METADATA_KEY: {}
    }
    images = ImageList(model)
    qtbot.addWidget(images)
    images.refresh(model.layers["nuclei"])
    return images


def names(layers) -> list[str]:
    return [layer.name for layer in layers]


def test_images_with_the_pixels_of_the_labels_are_ticked(images) -> None:
    assert images.count() == 5
    assert names(images.ticked) == ["ki67", "dapi"]


def test_ticks_stay_when_layers_are_added(images, model, qtbot) -> None:
    with qtbot.waitSignal(images.ticked_changed):
        images.item(4).setCheckState(Qt.CheckState.Unchecked)
    model.add_image(np.zeros((128, 192)), name="new")
    images.refresh(model.layers["nuclei"])
    assert names(images.ticked) == ["new", "ki67"]


def test_other_labels_tick_other_images(images, model) -> None:
    images.refresh(model.add_labels(np.ones((9, 9), int)))
    assert "small" in names(images.ticked)
    images.refresh(None)
    assert images.ticked == []
