from __future__ import annotations

import numpy as np
from napari.layers import Shapes

from napari_nuclei.widgets.layers.shape_outlines import corners_in_world, plane_of

SQUARE = np.array([(2.0, 3), (2, 9), (8, 9), (8, 3)])


def test_corners_are_positions_in_the_world_and_back() -> None:
    shapes = Shapes(ndim=2, scale=(2, 3), translate=(10, 20), rotate=30)
    shapes.add_lines(np.array([(0.0, 0), (9, 9)]))
    shapes.add_polygons(SQUARE)
    plane = plane_of(shapes)
    found = corners_in_world(shapes, plane)
    assert list(found) == [1]
    expected = [shapes.data_to_world(corner) for corner in SQUARE]
    np.testing.assert_allclose(found[1], expected)
    np.testing.assert_allclose(plane.from_world(found[1]), SQUARE)


def test_some_shapes_are_chosen_by_their_index() -> None:
    shapes = Shapes([SQUARE, SQUARE + 20, SQUARE + 40], shape_type="rectangle")
    assert list(corners_in_world(shapes, plane_of(shapes), {2, 0})) == [0, 2]


def test_rows_and_columns_can_be_any_axes() -> None:
    shapes = Shapes([np.c_[SQUARE, np.ones(4)]], shape_type="polygon", scale=(2, 4, 8))
    plane = plane_of(shapes, axes=(0, 1))
    (corners,) = corners_in_world(shapes, plane).values()
    np.testing.assert_allclose(corners, SQUARE * (2, 4))
    assert plane_of(shapes, dropped=0).axes == (1, 2)
