from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from numpy.typing import NDArray

from napari_nuclei.core.instances.sparse_labels import connected_components
from napari_nuclei.core.targets import (
    MAX_OFFSET,
    decode_offsets,
    encode_offsets,
    find_touching_borders,
    inner_distance,
    label_centroids,
    label_edges,
    relabel_consecutive,
)

LABELS = arrays(
    np.int32,
    array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=12),
    elements=st.integers(0, 4),
)


@given(labels=LABELS)
def test_distance_lies_above_0_up_to_1_in_objects_and_is_0_outside(
    labels: NDArray[np.int32],
) -> None:
    distance = inner_distance(labels)
    assert distance.dtype == np.float32
    assert distance.shape == labels.shape
    assert not distance[labels == 0].any()
    for number in np.unique(labels[labels > 0]):
        inside = distance[labels == number]
        assert inside.min() > 0
        assert inside.max() == 1


@given(labels=LABELS)
def test_the_numbers_of_the_labels_do_not_matter(labels: NDArray[np.int32]) -> None:
    others = np.array([0, 70_000, 3, 9, 1])[labels]
    np.testing.assert_array_equal(inner_distance(labels), inner_distance(others))


@given(labels=LABELS)
def test_an_edge_pixel_has_a_neighbour_of_another_label(
    labels: NDArray[np.int32],
) -> None:
    padded = np.pad(labels, 1, mode="edge")
    neighbours = [
        padded[:-2, 1:-1],
        padded[2:, 1:-1],
        padded[1:-1, :-2],
        padded[1:-1, 2:],
    ]
    expected = np.any([other != labels for other in neighbours], axis=0) & (labels > 0)
    np.testing.assert_array_equal(label_edges(labels), expected)


def test_touching_discs_separate_above_a_distance(discs) -> None:
    labels = discs((40, 60), [(20, 20, 12), (20, 43, 12)])
    assert connected_components(labels > 0).max() == 1
    assert connected_components(inner_distance(labels) > 0.5).max() == 2


def test_distance_falls_from_the_middle_to_the_edge(discs) -> None:
    row = inner_distance(discs((41, 41), [(20, 20, 15)]))[20]
    assert row[20] == 1
    assert (np.diff(row[5:21]) > 0).all()
    assert (np.diff(row[20:36]) < 0).all()


def test_the_border_of_the_image_is_no_edge(discs) -> None:
    distance = inner_distance(discs((40, 40), [(20, 0, 12)]))
    assert distance[20, 0] == 1


def test_an_object_that_fills_the_image_is_deepest_everywhere() -> None:
    np.testing.assert_array_equal(inner_distance(np.ones((5, 7), int)), 1)


def test_no_object_gives_zeros() -> None:
    assert not inner_distance(np.zeros((5, 7), np.uint16)).any()


def test_labels_are_not_modified(discs) -> None:
    labels = discs((40, 40), [(20, 20, 12)])
    labels.flags.writeable = False
    before = labels.copy()
    inner_distance(labels)
    label_edges(labels)
    np.testing.assert_array_equal(labels, before)


@given(labels=LABELS, radius=st.integers(1, 3))
def test_a_border_pixel_has_two_objects_within_the_radius(
    labels: NDArray[np.int32], radius: int
) -> None:
    found = find_touching_borders(labels, radius)
    for row, column in np.ndindex(labels.shape):
        window = labels[
            max(row - radius, 0) : row + radius + 1,
            max(column - radius, 0) : column + radius + 1,
        ]
        assert found[row, column] == (len(set(window[window > 0])) > 1)


@given(labels=LABELS)
def test_relabelling_preserves_objects(
    labels: NDArray[np.int32],
) -> None:
    numbers = relabel_consecutive(labels)
    assert set(np.unique(numbers)) | {0} == set(range(numbers.max() + 1))
    np.testing.assert_array_equal(numbers == 0, labels == 0)
    pairs = {*zip(labels.ravel().tolist(), numbers.ravel().tolist(), strict=True)}
    assert len(pairs) == len(np.unique(labels)) == len(np.unique(numbers))


@given(labels=LABELS)
def test_offsets_point_to_the_centroid(labels: NDArray[np.int32]) -> None:
    numbers = relabel_consecutive(labels)
    centres = label_centroids(numbers)
    offsets = decode_offsets(encode_offsets(numbers, centres))
    for row, column in np.argwhere(numbers):
        own = centres[numbers[row, column] - 1]
        end = (row, column) + offsets[row, column]
        np.testing.assert_allclose(end, own, atol=1e-4)
    assert not offsets[numbers == 0].any()


def test_long_offsets_are_clipped() -> None:
    labels = np.ones((1, 200), np.int32)
    offsets = decode_offsets(encode_offsets(labels, label_centroids(labels)))[0, :, 1]
    assert (offsets.max(), offsets.min()) == (MAX_OFFSET, -MAX_OFFSET)
