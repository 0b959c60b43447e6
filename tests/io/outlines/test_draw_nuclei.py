from __future__ import annotations

import numpy as np
import pytest

from napari_nuclei.io.outlines.draw_nuclei import draw_nuclei
from napari_nuclei.io.outlines.outlined_object import OutlinedObject, OutlineFile


def square(left: float, top: float, side: float = 4) -> np.ndarray:
    corners = [(0, 0), (side, 0), (side, side), (0, side)]
    return np.array(corners, float) + np.array([left, top])


def make(*objects: OutlinedObject, **options) -> OutlineFile:
    return OutlineFile("a.geojson", objects, **options)


def at(left: float, top: float, **options) -> OutlinedObject:
    return OutlinedObject(((square(left, top),),), **options)


def test_without_a_shape_the_labels_end_at_the_last_nucleus() -> None:
    found = draw_nuclei(make(at(0, 0), at(10, 2.2)))
    assert found.labels.shape == (7, 14)
    assert found.axes == "YX"
    assert found.notes == (
        "a.geojson does not state the size of its image: the labels have 7 x 14 "
        "pixels, up to the last nucleus",
    )
    assert found.labels[2:6, 10:14].tolist() == [[2] * 4] * 4  # centres decide


def test_labels_that_are_missing_or_twice_in_a_plane_get_new_numbers() -> None:
    objects = (at(0, 0, label=7), at(8, 0), at(0, 8, label=7), at(8, 8, label=3))
    found = draw_nuclei(make(*objects), (20, 20))
    assert found.table.index.tolist() == [3, 7, 8, 9]
    assert found.labels[1, 9] == 8
    assert found.notes == ()


def test_nuclei_outside_are_left_out_and_said() -> None:
    found = draw_nuclei(make(at(0, 0), at(50, 50), at(18, 18)), (20, 20))
    assert found.table.index.tolist() == [1, 3]
    assert found.labels[18:, 18:].tolist() == [[3, 3], [3, 3]]
    assert found.notes == (
        "1 of 3 nuclei of a.geojson cover no pixel of the image of 20 x 20 pixels and "
        "are left out",
    )
    with pytest.raises(ValueError, match="has no nucleus inside the image of 20 x 20"):
        draw_nuclei(make(at(50, 50)), (20, 20))


@pytest.mark.parametrize(
    ("where", "shape", "axes", "expected"),
    [
        ({"slice_index": 2}, (3, 9, 9), None, (2,)),
        ({"frame": 2}, (3, 9, 9), None, (2,)),
        ({"frame": 2}, (3, 9, 9), "ZYX", (2,)),
        ({"slice_index": 2}, (3, 9, 9), "TYX", (2,)),
        ({"frame": 1, "slice_index": 2}, (2, 3, 9, 9), None, (1, 2)),
        ({"frame": 1, "slice_index": 2}, (3, 2, 9, 9), "ZTYX", (2, 1)),
        ({"plane_number": 4}, (2, 3, 9, 9), None, (1, 1)),
        ({"plane_number": 2}, (3, 9, 9), None, (2,)),
        ({"frame": 5, "slice_index": 1}, (2, 3, 2, 9, 9), "PTZYX", (1, 2, 1)),
    ],
)
def test_the_plane_of_a_nucleus_is_found(where, shape, axes, expected) -> None:
    found = draw_nuclei(make(at(1, 1, **where)), shape, axes)
    assert {*zip(*np.nonzero(found.labels)[:-2], strict=True)} == {expected}


@pytest.mark.parametrize(
    ("file", "shape", "axes", "message"),
    [
        (
            make(at(1, 1, slice_index=3)),
            (9, 9),
            None,
            "slice 4 of frame 1",
        ),
        (make(at(1, 1, frame=3)), (2, 9, 9), "TYX", "frame 4, but .* 2 frames"),
        (make(at(1, 1, plane_number=3)), (2, 9, 9), None, "slice 4 .* 2 slices"),
        (make(at(1, 1), axes="YX", shape=(9, 9)), (9, 8), None, "of 9 x 9 .* 9 x 8"),
        (make(at(1, 1)), (9, 9), "XY", "the last of them YX; got 'XY'"),
        (make(at(1, 1)), (9, 9), "ZYX", "each of the 2 numbers in shape"),
        (make(at(1e6, 1e6)), None, None, "more than the limit of 250,000,000"),
    ],
)
def test_what_does_not_fit_is_refused(file, shape, axes, message) -> None:
    with pytest.raises(ValueError, match=message):
        draw_nuclei(file, shape, axes)


def test_rings_of_a_composite_region_are_holes_of_each_other() -> None:
    rings = (square(0, 0, 8), square(2, 2, 4), square(3, 3, 1))
    one = OutlinedObject(tuple((ring,) for ring in rings), even_odd=True)
    labels = draw_nuclei(make(one), (9, 9)).labels
    assert labels.sum() == 64 - 16 + 1


def test_a_file_without_nuclei_has_empty_labels() -> None:
    found = draw_nuclei(make(axes="YX", shape=(5, 6)))
    assert not found.labels.any()
    assert len(found.table) == 0
