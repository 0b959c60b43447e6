from __future__ import annotations

import numpy as np
import pytest
from napari.layers import Labels, Shapes

from napari_nuclei.core.measure.draw_regions import draw_regions
from napari_nuclei.widgets.nuclei.sections.region_outlines import (
    mask_of,
    names_of_shapes,
    outlines_of_shapes,
    regions_of_labels,
)

SQUARE = np.array([(2.0, 3), (2, 9), (8, 9), (8, 3)])
SHAPE = (20, 30)


def labels(**transform) -> Labels:
    return Labels(np.zeros(SHAPE, np.int32), name="nuclei", **transform)


def area(outlines, name: str = "region 1") -> int:
    return int(mask_of(outlines[name], SHAPE).sum())


def test_shapes_are_compared_in_world_coordinates() -> None:
    layer = labels(scale=(0.5, 0.5), translate=(10, 20))
    shapes = Shapes([SQUARE], shape_type="polygon", scale=(2, 2), translate=(10, 20))
    (corners,) = outlines_of_shapes(shapes, layer).values()
    np.testing.assert_allclose(corners, SQUARE * 4)
    moved = Shapes([SQUARE * 0.5 + np.array([10, 20])], shape_type="polygon")
    np.testing.assert_allclose(outlines_of_shapes(moved, layer)["region 1"], SQUARE)


def test_a_rotated_layer_of_labels_is_followed() -> None:
    layer = labels(rotate=90)
    world = [layer.data_to_world(corner) for corner in SQUARE]
    shapes = Shapes([np.array(world)], shape_type="polygon")
    np.testing.assert_allclose(outlines_of_shapes(shapes, layer)["region 1"], SQUARE)


def test_an_ellipse_has_its_area() -> None:
    box = np.array([(4.0, 5), (4, 25), (16, 25), (16, 5)])
    found = outlines_of_shapes(Shapes([box], shape_type="ellipse"), labels())
    assert area(found) == pytest.approx(np.pi * 6 * 10, rel=0.03)


def test_shapes_on_a_slice_are_used_in_a_stack() -> None:
    stack = Labels(np.zeros((4, *SHAPE), np.int32), scale=(3, 1, 1))
    corners = np.c_[np.full(4, 2), SQUARE]
    found = outlines_of_shapes(
        Shapes([corners], shape_type="polygon", scale=(3, 1, 1)), stack
    )
    np.testing.assert_allclose(found["region 1"], SQUARE)


def test_lines_and_shapes_outside_are_no_regions() -> None:
    shapes = Shapes(ndim=2, name="drawn")
    shapes.add_lines(np.array([(0.0, 0), (9, 9)]))
    shapes.add_polygons(SQUARE + 100)
    with pytest.raises(ValueError, match="drawn holds no region over the labels; draw"):
        outlines_of_shapes(shapes, labels())
    shapes.add_polygons(SQUARE)
    assert list(outlines_of_shapes(shapes, labels())) == ["region 3"]


def test_shapes_of_one_name_are_one_region() -> None:
    shapes = Shapes(
        [SQUARE, SQUARE + np.array([0, 15]), SQUARE + np.array([8, 0])],
        shape_type="polygon",
        features={"name": ["tumour", "tumour", ""]},
    )
    assert names_of_shapes(shapes) == ["tumour", "tumour", "region 3"]
    found = outlines_of_shapes(shapes, labels())
    assert list(found) == ["tumour", "region 3"]
    assert area(found, "tumour") == 2 * area(found, "region 3")
    draw_regions(found, SHAPE)


def test_labels_of_regions_are_resampled_to_the_nuclei() -> None:
    regions = np.zeros((10, 15), np.uint8)
    regions[:, 5:] = 7
    found = regions_of_labels(
        Labels(regions, scale=(2, 2), translate=(0.5, 0.5)), labels()
    )
    assert found.shape == SHAPE
    assert (found[:, :10] == 0).all()
    assert (found[:, 10:] == 7).all()
    same = np.ones(SHAPE, np.int32)
    assert regions_of_labels(Labels(same), labels()) is same


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (np.zeros((5, 5), int), "holds no region over the labels"),
        (np.ones((3, 5, 5), int), "has 3 axes; regions must be one plane"),
    ],
)
def test_unusable_labels_of_regions_are_one_line(data, message) -> None:
    with pytest.raises(ValueError, match=message):
        regions_of_labels(Labels(data, name="areas"), labels())
