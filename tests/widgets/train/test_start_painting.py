from __future__ import annotations

import numpy as np
import pytest
from napari.components import ViewerModel
from napari.layers import Image, Labels

from napari_nuclei.widgets.train import start_painting as module
from napari_nuclei.widgets.train.start_painting import start_painting


@pytest.fixture
def viewer(monkeypatch: pytest.MonkeyPatch) -> ViewerModel:
    """Return a viewer without a window, which shows a pixel in two screen pixels."""
    monkeypatch.setattr(module, "screen_pixels", lambda *_: 2.0)
    return ViewerModel()


@pytest.mark.parametrize(
    ("shape", "options", "expected"),
    [
        ((40, 60), {"scale": (0.5, 0.25), "translate": (3, 4)}, (40, 60)),
        ((40, 60, 3), {"rgb": True}, (40, 60)),
        ((5, 40, 60), {"axis_labels": ("z", "y", "x")}, (5, 40, 60)),
        ((2, 40, 60), {"axis_labels": ("c", "y", "x")}, (40, 60)),
        ((5, 2, 40, 60), {"axis_labels": ("z", "c", "y", "x")}, (5, 1, 40, 60)),
    ],
    ids=["scaled", "rgb", "stack", "channels", "stack with channels"],
)
def test_the_layer_covers_the_image(viewer, shape, options, expected) -> None:
    image = viewer.add_image(np.zeros(shape, np.uint8), name="cells", **options)
    layer = start_painting(viewer, image, None)
    assert isinstance(layer, Labels)
    assert (layer.name, layer.data.shape) == ("nuclei of cells", expected)
    here, there = (x.extent.world[:, -2:] for x in (layer, image))
    np.testing.assert_allclose(here, there)


def test_the_brush_is_ready(viewer) -> None:
    image = viewer.add_image(np.zeros((40, 60), np.uint8))
    layer = start_painting(viewer, image, None)
    assert viewer.layers.selection.active is layer
    assert (layer.mode, layer.selected_label, layer.brush_size) == ("paint", 1, 8)
    layer.paint((20, 20), layer.selected_label)
    assert layer.data[20, 20] == 1


def test_a_layer_that_fits_is_used_with_a_free_number(viewer) -> None:
    image = viewer.add_image(np.zeros((40, 60), np.uint8))
    mine = viewer.add_labels(np.full((40, 60), 7), visible=False)
    assert start_painting(viewer, image, mine) is mine
    assert (mine.selected_label, mine.mode, mine.visible) == (8, "paint", True)
    other = viewer.add_labels(np.ones((40, 40), int))
    new = start_painting(viewer, image, other)
    assert new not in (mine, other)
    assert not new.data.any()


def test_an_image_that_cannot_be_used_is_refused(viewer) -> None:
    image = Image(np.zeros((4, 9), bool), name="mask")
    with pytest.raises(TypeError, match="bool"):
        start_painting(viewer, image, None)
    assert not viewer.layers
