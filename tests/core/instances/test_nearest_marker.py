from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from napari_nuclei.core.instances.nearest_marker import nearest_marker
from napari_nuclei.core.instances.sparse_labels import SparseLabels
from napari_nuclei.core.row_bands import split_rows


@st.composite
def marker_planes(draw: st.DrawFn) -> NDArray[np.int32]:
    """Draw a plane with a few labelled pixels, at least one."""
    rng = np.random.default_rng(draw(st.integers(0, 1 << 30)))
    shape = draw(st.tuples(st.integers(1, 60), st.integers(1, 30)))
    some = rng.random(shape) < draw(st.sampled_from([0.003, 0.03, 0.3]))
    some[tuple(rng.integers(shape))] = True
    return (some * rng.integers(1, 99, shape)).astype(np.int32)


def nearest(
    plane: NDArray[np.int32], band_height: int, radius: int
) -> tuple[NDArray[np.intp], NDArray[np.int32]]:
    """Return the index of every unlabelled pixel and its nearest marker."""
    markers, indices = SparseLabels.from_labels(plane), np.flatnonzero(plane == 0)
    found = [
        nearest_marker(markers, indices[some], radius=radius)
        for rows in split_rows(len(plane), band_height)
        for some in [
            indices // plane.shape[1] // band_height == rows.start // band_height
        ]
    ]
    return indices, np.concatenate(found)


@given(plane=marker_planes(), band_height=st.integers(1, 70), radius=st.integers(1, 20))
def test_the_result_does_not_depend_on_row_bands_and_radius(
    plane: NDArray[np.int32], band_height: int, radius: int
) -> None:
    _, whole = nearest(plane, len(plane), 100)
    _, found = nearest(plane, band_height, radius)
    np.testing.assert_array_equal(found, whole)


@given(plane=marker_planes(), radius=st.integers(1, 9), share=st.floats(0, 1))
def test_the_result_does_not_depend_on_the_other_pixels(
    plane: NDArray[np.int32], radius: int, share: float
) -> None:
    indices, whole = nearest(plane, len(plane), 100)
    some = np.random.default_rng(0).random(len(indices)) < share
    markers = SparseLabels.from_labels(plane)
    found = nearest_marker(markers, indices[some], radius=radius)
    np.testing.assert_array_equal(found, whole[some])


def test_a_distant_marker_is_found() -> None:
    plane = np.zeros((400, 20), np.int32)
    plane[0, 5], plane[399, 5] = 7, 8
    indices, found = nearest(plane, 50, 10)
    rows = indices // 20
    assert set(found[rows < 199]) == {7}
    assert set(found[rows > 200]) == {8}


def test_no_pixel_gives_no_label() -> None:
    markers = SparseLabels.from_labels(np.zeros((5, 5), np.int32))
    assert not len(nearest_marker(markers, np.zeros(0, np.intp)))
