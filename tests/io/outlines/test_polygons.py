from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from matplotlib.path import Path

from napari_nuclei.io.outlines.polygons import fill_polygon, fill_ring, find_outlines


def polygon_area(polygon: np.ndarray) -> float:
    x, y = polygon.astype(float).T
    return abs(float(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1)))) / 2


def enclosed(outline) -> float:
    return sum(
        polygon_area(part[0]) - sum(map(polygon_area, part[1:]))
        for part in outline.parts
    )


@given(arrays(np.int32, (7, 9), elements=st.sampled_from([0, 0, 1, 5])))
def test_polygons_enclose_exactly_the_pixels_of_a_nucleus(labels) -> None:
    outlines = list(find_outlines(labels))
    assert [o.label for o in outlines] == [n for n in (1, 5) if (labels == n).any()]
    for outline in outlines:
        assert enclosed(outline) == (labels == outline.label).sum()


def covered(rings, shape) -> np.ndarray:
    """Return the pixels whose centres lie inside an odd number of rings."""
    rows, columns = np.indices(shape)
    centres = np.stack([columns.ravel(), rows.ravel()], axis=1) + 0.5
    inside = [Path(ring).contains_points(centres) for ring in rings]
    return (np.sum(inside, axis=0) % 2 == 1).reshape(shape)


@given(arrays(np.int32, (7, 9), elements=st.sampled_from([0, 0, 1, 5])))
def test_polygons_have_the_position_of_the_nucleus(labels) -> None:
    for outline in find_outlines(labels):
        rings = [ring for part in outline.parts for ring in part]
        np.testing.assert_array_equal(
            covered(rings, labels.shape), labels == outline.label
        )


def test_steps_along_pixel_edges_are_exact(discs) -> None:
    labels = discs((40, 40), [(20, 20, 9)])
    ((ring,),) = next(find_outlines(labels)).parts
    steps = np.roll(ring, -1, axis=0) - ring
    assert ((steps == 0).sum(axis=1) == 1).all()  # along one axis at a time
    assert polygon_area(ring) == (labels > 0).sum()


def test_a_hole_is_a_ring_of_its_own() -> None:
    labels = np.ones((6, 6), int)
    labels[2:4, 3:5] = 0
    (outline,) = find_outlines(labels)
    ((outside, hole),) = outline.parts
    assert sorted(map(tuple, outside.tolist())) == [(0, 0), (0, 6), (6, 0), (6, 6)]
    assert sorted(map(tuple, hole.tolist())) == [(3, 2), (3, 4), (5, 2), (5, 4)]


def test_without_nuclei_there_is_no_outline() -> None:
    assert not list(find_outlines(np.zeros((4, 4), int)))


@given(arrays(np.int32, (7, 9), elements=st.sampled_from([0, 0, 1, 5])))
def test_no_polygon_touches_itself(labels) -> None:
    for outline in find_outlines(labels):
        for ring in (ring for part in outline.parts for ring in part):
            assert len(np.unique(ring, axis=0)) == len(ring)


@given(arrays(np.int32, (7, 9), elements=st.sampled_from([0, 0, 1, 5])))
def test_polygons_are_filled_with_the_pixels_they_came_from(labels) -> None:
    drawn = np.zeros_like(labels)
    for outline in find_outlines(labels):
        for part in outline.parts:
            window, inside = fill_polygon(part, labels.shape)
            drawn[window][inside] = outline.label
    np.testing.assert_array_equal(drawn, labels)


def test_a_ring_is_cut_at_the_border_of_the_image() -> None:
    ring = np.array([(-4, -2), (3, -2), (3, 2), (-4, 2)])
    window, inside = fill_ring(ring, (5, 6))
    drawn = np.zeros((5, 6), bool)
    drawn[window] = inside
    assert drawn[:2, :3].all()
    assert drawn.sum() == 6
    assert not fill_ring(ring + 100, (5, 6))[1].size
    assert not fill_ring(ring - 100, (5, 6))[1].size


def test_a_hole_that_leaves_its_polygon_adds_nothing() -> None:
    outer = np.array([(0, 0), (4, 0), (4, 4), (0, 4)])
    window, inside = fill_polygon([outer, outer + 2, outer + 50], (9, 9))
    assert window == (slice(0, 4), slice(0, 4))
    assert inside.sum() == 12
