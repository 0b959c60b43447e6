from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from napari_nuclei.core.instances.nearest_seed import nearest_object
from napari_nuclei.core.instances.object_pixels import Objects
from napari_nuclei.core.row_bands import strips


@st.composite
def planes(draw: st.DrawFn) -> NDArray[np.int32]:
    """Draw a plane with a few numbered pixels, at least one."""
    rng = np.random.default_rng(draw(st.integers(0, 1 << 30)))
    shape = draw(st.tuples(st.integers(1, 60), st.integers(1, 30)))
    some = rng.random(shape) < draw(st.sampled_from([0.003, 0.03, 0.3]))
    some[tuple(rng.integers(shape))] = True
    return (some * rng.integers(1, 99, shape)).astype(np.int32)


def nearest(
    plane: NDArray[np.int32], strip: int, reach: int
) -> tuple[NDArray[np.intp], NDArray[np.int32]]:
    """Return all unmarked places of a plane and the nearest object of each."""
    objects, places = Objects.of(plane), np.flatnonzero(plane == 0)
    found = [
        nearest_object(objects, places[some], rows, reach=reach)
        for rows in strips(len(plane), strip)
        for some in [places // plane.shape[1] // strip == rows.start // strip]
    ]
    return places, np.concatenate(found)


@given(plane=planes(), strip=st.integers(1, 70), reach=st.integers(1, 20))
def test_strips_change_nothing(
    plane: NDArray[np.int32], strip: int, reach: int
) -> None:
    _, whole = nearest(plane, len(plane), 1)
    _, found = nearest(plane, strip, reach)
    np.testing.assert_array_equal(found, whole)


def test_the_nearest_one_is_found_however_far_it_is() -> None:
    plane = np.zeros((400, 20), np.int32)
    plane[0, 5], plane[399, 5] = 7, 8
    places, found = nearest(plane, 50, 10)
    rows = places // 20
    assert set(found[rows < 199]) == {7}
    assert set(found[rows > 200]) == {8}


def test_no_place_gives_no_number() -> None:
    objects = Objects.of(np.zeros((5, 5), np.int32))
    assert not len(nearest_object(objects, np.zeros(0, np.intp), slice(0, 5)))
