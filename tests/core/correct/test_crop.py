from __future__ import annotations

import numpy as np
import pytest

from napari_nuclei.core.correct.boxes import LabelBoxes
from napari_nuclei.core.correct.crop import (
    crop_nuclei,
    make_crop,
    plane_index,
    points_in_crop,
)


def test_a_crop_holds_its_nuclei_and_a_margin(pair: np.ndarray) -> None:
    crop = crop_nuclei(pair, [7], margin=3)
    assert crop is not None
    assert crop.region == (slice(35, 56), slice(52, 73))
    assert np.shares_memory(crop.labels, pair)
    again = crop_nuclei(pair, [7], margin=3, boxes=LabelBoxes.from_labels(pair))
    assert again is not None and again.region == crop.region


def test_a_crop_of_a_plane_leaves_out_other_planes(pair: np.ndarray) -> None:
    stack = np.stack([pair, pair * 0, pair])
    boxes = LabelBoxes.from_labels(stack[:1])
    for cached in (None, boxes):
        assert crop_nuclei(stack, [4], plane=1, boxes=cached) is None
        crop = crop_nuclei(stack, [4], plane=0, boxes=cached)
        assert crop is not None and crop.labels.ndim == 2
        edit = crop.edit(crop.labels * 0, "delete")
        assert edit is not None and edit.region[0] == slice(0, 1)


def test_no_nucleus_has_no_crop(pair: np.ndarray) -> None:
    assert crop_nuclei(pair, [99]) is None
    assert crop_nuclei(pair, [0, -1]) is None


@pytest.mark.parametrize(
    ("shape", "plane", "message"),
    [
        ((5, 6, 7, 8), None, "leave 4 axes"),
        ((5, 6), 1, "leave 1 axes"),
        ((5, 6, 7), 5, "lies outside"),
        ((5, 6, 7), -1, "lies outside"),
    ],
)
def test_a_wrong_plane_is_an_error(
    shape: tuple[int, ...], plane: int | None, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        plane_index(np.zeros(shape, np.int32), plane)


def test_a_map_is_cut_to_the_crop() -> None:
    labels = np.zeros((3, 10, 12), np.int32)
    full = np.arange(360, dtype=np.float32).reshape(3, 10, 12)
    crop = make_crop(labels, (slice(2, 5), slice(3, 8)), 1)
    expected = full[1, 2:5, 3:8]
    assert np.array_equal(crop.map(full), expected)
    assert np.array_equal(crop.map(full[1]), expected)
    part = crop.map(full[1, 3:10, 4:6], origin=(3, 4))
    assert part[0].tolist() == [0] * 5
    assert np.array_equal(part[1:, 1:3], full[1, 3:5, 4:6])
    with pytest.raises(ValueError, match="same shape"):
        crop.map(full[0, :4])


def test_a_map_of_a_plane_serves_every_plane_of_a_stack() -> None:
    crop = make_crop(
        np.zeros((3, 4, 5), np.int32), (slice(0, 3), slice(1, 3), slice(0, 5))
    )
    assert crop.map(np.ones((4, 5))).shape == (3, 2, 5)


def test_points_are_relative_to_the_crop() -> None:
    labels = np.zeros((3, 10, 12), np.int32)
    crop = make_crop(labels, (slice(2, 5), slice(3, 8)), 1)
    assert points_in_crop(crop, [(1, 4, 5), (1, 2, 3)]).tolist() == [[2, 2], [0, 0]]
    for wrong in ([(1,)], [(1, 2, 3, 4)], [(np.nan, 2)]):
        with pytest.raises(ValueError, match="Points must"):
            points_in_crop(crop, wrong)
