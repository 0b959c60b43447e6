from __future__ import annotations

import numpy as np
import pytest
from napari.components import ViewerModel

from napari_nuclei.widgets.layers.image_source import INSIDE_SHAPES, RegionChoice
from napari_nuclei.widgets.segment import inside_shapes
from napari_nuclei.widgets.segment.inside_shapes import make_source

SQUARE = np.array([(10.0, 20), (10, 39), (29, 39), (29, 20)])
TRIANGLE = np.array([(40.0, 50), (40, 69), (59, 50)])
CHOICE = RegionChoice(scope=INSIDE_SHAPES)


@pytest.fixture
def viewer():
    viewer = ViewerModel()
    viewer.add_image(np.zeros((80, 100), np.uint8), name="cells", scale=(2, 2))
    return viewer


def test_the_source_is_the_box_round_the_shapes(viewer) -> None:
    viewer.add_shapes([SQUARE, TRIANGLE], shape_type="polygon", scale=(2, 2))
    source = make_source(viewer, viewer.layers["cells"], CHOICE)
    assert source.box == ((10, 60), (20, 70))
    assert source.region.shape == source.data.shape == (50, 50)
    assert source.region[:20, :20].all()
    assert not source.region[:20, 20:].any()
    assert source.region.sum() == 400 + 210
    assert source.transform["translate"].tolist() == [20, 40]


def test_only_selected_shapes_count_if_some_are_selected(viewer) -> None:
    shapes = viewer.add_shapes([SQUARE, TRIANGLE], shape_type="polygon", scale=(2, 2))
    shapes.selected_data = {0}
    source = make_source(viewer, viewer.layers["cells"], CHOICE)
    assert source.box == ((10, 30), (20, 40))
    assert source.region.all()


def test_a_lower_level_has_a_smaller_region() -> None:
    viewer = ViewerModel()
    levels = [np.zeros((80, 100), np.uint8), np.zeros((40, 50), np.uint8)]
    image = viewer.add_image(levels, multiscale=True)
    viewer.add_shapes([SQUARE], shape_type="polygon")
    choice = RegionChoice(scope=INSIDE_SHAPES, level=1)
    source = make_source(viewer, image, choice)
    assert source.box == ((5, 15), (10, 20))
    assert source.region.shape == (10, 10)
    assert source.region.mean() > 0.8


def test_a_slice_of_a_stack_is_segmented_inside_shapes() -> None:
    viewer = ViewerModel()
    image = viewer.add_image(np.zeros((3, 80, 100), np.uint8))
    viewer.add_shapes([np.c_[np.full(4, 1), SQUARE]], shape_type="polygon")
    viewer.dims.set_current_step(0, 1)
    source = make_source(viewer, image, CHOICE)
    assert source.box == ((1, 2), (10, 30), (20, 40))
    assert source.region.all()


def test_missing_shapes_are_one_line(viewer) -> None:
    image = viewer.layers["cells"]
    with pytest.raises(ValueError, match="There are no shapes: add a Shapes layer"):
        make_source(viewer, image, CHOICE)
    viewer.add_shapes([SQUARE + 500], shape_type="polygon", name="drawn")
    with pytest.raises(ValueError, match="No shape of drawn lies over cells; draw"):
        make_source(viewer, image, CHOICE)


def test_too_large_shapes_are_one_line(viewer, monkeypatch) -> None:
    viewer.add_shapes([SQUARE], shape_type="polygon", scale=(2, 2))
    monkeypatch.setattr(inside_shapes, "is_large", lambda source: True)
    with pytest.raises(ValueError, match="The shapes span 20 x 20 pixels, too many"):
        make_source(viewer, viewer.layers["cells"], CHOICE)
