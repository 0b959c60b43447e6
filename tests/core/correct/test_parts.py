from __future__ import annotations

import numpy as np

from napari_nuclei.core.correct.crop import make_crop
from napari_nuclei.core.correct.parts import number_parts, spread_to_mask


def test_the_largest_part_retains_the_number() -> None:
    labels = np.full((1, 6), 5, np.int32)
    crop = make_crop(labels, (slice(0, 1), slice(0, 6)))
    edit = number_parts(crop, np.array([[1, 2, 2, 2, 3, 3]]), 20)
    assert edit is not None
    edit.apply(labels)
    assert labels.tolist() == [[21, 5, 5, 5, 20, 20]]
    assert (edit.new, edit.touched) == ((20, 21), (5,))


def test_numbers_follow_the_largest_by_default() -> None:
    labels = np.array([[5, 5, 5, 0, 30]], np.int32)
    crop = make_crop(labels, (slice(0, 1), slice(0, 3)))
    edit = number_parts(crop, np.array([[1, 1, 2]]), None)
    assert edit is not None and edit.new == (31,)
    assert number_parts(crop, np.array([[1, 1, 1]]), None) is None


def test_pixels_go_to_the_nearest_marker() -> None:
    markers = np.array([[1, 0, 0, 0, 0, 2]])
    mask = np.array([[1, 1, 1, 1, 0, 1]], bool)
    assert spread_to_mask(markers, mask).tolist() == [[1, 1, 1, 2, 0, 2]]


def test_the_nearest_marker_depends_on_the_size_of_voxels() -> None:
    markers = np.array([[1, 0, 0, 0], [0, 0, 0, 2]])
    mask = np.ones((2, 4), bool)
    assert spread_to_mask(markers, mask)[0, 2] == 2
    assert spread_to_mask(markers, mask, (3, 1))[0, 2] == 1
