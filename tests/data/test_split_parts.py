from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_nuclei.data.corrected_nuclei import find_corrections
from napari_nuclei.data.datasets import Sample
from napari_nuclei.data.split import hold_out
from napari_nuclei.data.split_parts import nucleus_centroids, split_background

CIRCLES = st.lists(
    st.tuples(st.integers(3, 96), st.integers(3, 126), st.integers(2, 9)),
    min_size=2,
    max_size=14,
)


@given(circles=CIRCLES)
def test_centroids_are_the_mean_positions_of_each_nucleus(discs, circles) -> None:
    labels = discs((100, 130), circles)
    expected = [np.argwhere(labels == n).mean(axis=0) for n in np.unique(labels) if n]
    np.testing.assert_allclose(nucleus_centroids(labels), expected)


def corrected(predicted: np.ndarray, after: np.ndarray) -> Sample:
    found = find_corrections(predicted, after)
    return Sample("made", predicted.astype(np.uint8), found.labels, found.annotated)


@pytest.mark.parametrize("columns", [(20, 60, 100, 140), (20, 36, 52, 68)])
def test_four_deleted_nuclei_are_split(discs, columns) -> None:
    predicted = discs((100, 160), [(50, column, 7) for column in columns])
    sample = corrected(predicted, np.zeros_like(predicted))
    (training,), (held_out,) = hold_out([sample], 0.25, 0)
    assert not (training.annotated & held_out.annotated).any()
    np.testing.assert_array_equal(
        training.annotated | held_out.annotated, sample.annotated
    )
    assert training.annotated.any()
    assert held_out.annotated.any()


def test_one_added_nucleus_stays_in_training(discs) -> None:
    predicted = discs((100, 160), [(20, 20, 8), (80, 20, 8)])
    after = discs((100, 160), [(50, 120, 8)])
    sample = corrected(predicted, after)
    (training,), (held_out,) = hold_out([sample], 0.25, 0)
    np.testing.assert_array_equal(training.labels, after)
    assert held_out.annotated.any()
    (training,), (held_out,) = hold_out(
        [corrected(np.where(predicted == 1, 1, 0), after)], 0.25, 0
    )
    assert training.labels.any()
    np.testing.assert_array_equal(held_out.annotated[predicted == 1], True)


def test_a_completely_annotated_image_is_not_split(discs) -> None:
    empty = Sample("empty", np.zeros((9, 9), np.uint8), np.zeros((9, 9), np.int32))
    assert split_background([empty], 0.25) == ([empty], [])
