from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from napari_nuclei.core.nearest import Marks, nearest_mark


@st.composite
def planes(draw: st.DrawFn) -> NDArray[np.int32]:
    """Draw a plane with a few numbered pixels, at least one."""
    rng = np.random.default_rng(draw(st.integers(0, 1 << 30)))
    shape = draw(st.tuples(st.integers(1, 60), st.integers(1, 30)))
    some = rng.random(shape) < draw(st.sampled_from([0.003, 0.03, 0.3]))
    some[tuple(rng.integers(shape))] = True
    return (some * rng.integers(1, 99, shape)).astype(np.int32)


@given(plane=planes(), strip=st.integers(1, 70), reach=st.integers(1, 20))
def test_strips_change_nothing(
    plane: NDArray[np.int32], strip: int, reach: int
) -> None:
    marks, places = Marks.of(plane), np.flatnonzero(plane == 0)
    whole = nearest_mark(marks, places, plane.shape, strip=len(plane))
    found = nearest_mark(marks, places, plane.shape, strip=strip, reach=reach)
    np.testing.assert_array_equal(found, whole)


def test_the_nearest_one_is_found_however_far_it_is() -> None:
    plane = np.zeros((400, 20), np.int32)
    plane[0, 5], plane[399, 5] = 7, 8
    places = np.flatnonzero(plane == 0)
    found = nearest_mark(Marks.of(plane), places, plane.shape, strip=50, reach=10)
    rows = places // 20
    assert set(found[rows < 199]) == {7}
    assert set(found[rows > 200]) == {8}


def test_no_place_gives_no_number() -> None:
    plane = np.ones((5, 5), np.int32)
    assert not len(nearest_mark(Marks.of(plane), np.zeros(0, np.intp), plane.shape))


@pytest.mark.parametrize("shape", [(1, 1), (3, 4), (40, 2)], ids=str)
def test_marks_come_back_to_their_places(
    rng: np.random.Generator, shape: tuple[int, int]
) -> None:
    plane = rng.integers(0, 3, shape).astype(np.int32)
    np.testing.assert_array_equal(Marks.of(plane).on_plane(shape), plane)
