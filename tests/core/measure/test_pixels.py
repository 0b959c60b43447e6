from __future__ import annotations

import numpy as np

from napari_nuclei.core.measure.pixels import MAX_TABLE, NucleusPixels


def test_pixels_are_grouped_by_nucleus_in_the_order_of_labels() -> None:
    labels = np.array([[7, 0, 2], [2, 7, 7]])
    pixels = NucleusPixels.of_labels(labels)
    assert pixels.numbers.tolist() == [2, 7]
    assert pixels.counts.tolist() == [2, 3]
    assert pixels.positions.tolist() == [2, 3, 0, 4, 5]
    assert pixels.rows.tolist() == [0, 0, 1, 1, 1]
    assert [c.tolist() for c in pixels.coordinates] == [
        [0, 1, 0, 1, 1],
        [2, 0, 0, 1, 2],
    ]


def test_huge_labels_give_the_same_groups_as_small_ones() -> None:
    small = np.array([[3, 0, 1], [1, 3, 2]])
    huge = np.array([0, MAX_TABLE + 1, 2**40, 2**62])[small]
    expected, found = NucleusPixels.of_labels(small), NucleusPixels.of_labels(huge)
    np.testing.assert_array_equal(found.positions, expected.positions)
    np.testing.assert_array_equal(found.counts, expected.counts)
    assert found.numbers.tolist() == [MAX_TABLE + 1, 2**40, 2**62]


def test_a_nucleus_without_pixels_has_a_sum_but_no_extremes() -> None:
    pixels = NucleusPixels.of_positions(
        (1, 4), np.array([1, 2, 5]), np.array([0, 3]), np.array([1, 5])
    )
    values = np.array([4, 6], np.uint8)
    assert pixels.total(values).tolist() == [4, 0, 6]
    np.testing.assert_array_equal(pixels.smallest(values), [4, np.nan, 6])
    np.testing.assert_array_equal(pixels.largest(values), [4, np.nan, 6])


def test_no_labels_have_no_pixels() -> None:
    pixels = NucleusPixels.of_labels(np.zeros((0, 4), np.int32))
    assert len(pixels) == len(pixels.positions) == len(pixels.rows) == 0
