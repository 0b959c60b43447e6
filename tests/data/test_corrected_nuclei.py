from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from napari_nuclei.data.corrected_nuclei import changed_nuclei, find_corrections

LABELS = arrays(np.int32, (8, 10), elements=st.integers(0, 4))


@given(predicted=LABELS, corrected=LABELS)
def test_a_nucleus_is_changed_unless_it_has_the_same_pixels(
    predicted, corrected
) -> None:
    shapes = {(predicted == n).tobytes() for n in np.unique(predicted) if n}
    changed = {
        int(n)
        for n in np.unique(corrected)
        if n and (corrected == n).tobytes() not in shapes
    }
    assert set(changed_nuclei(predicted, corrected).tolist()) == changed


@given(predicted=LABELS, corrected=LABELS)
def test_very_high_numbers_need_no_memory(predicted, corrected) -> None:
    high = np.array([0, 2**31 - 1, 5, 2**30, 7], np.int32)
    few = changed_nuclei(predicted, corrected)
    np.testing.assert_array_equal(
        np.sort(high[few]), changed_nuclei(high[predicted], high[corrected])
    )


@given(predicted=LABELS, corrected=LABELS, margin=st.integers(1, 3))
def test_changed_pixels_are_annotated_in_either_direction(
    predicted, corrected, margin
) -> None:
    found = find_corrections(predicted, corrected, margin=margin)
    differs = (predicted > 0) != (corrected > 0)
    assert found.annotated[differs].all()
    np.testing.assert_array_equal(found.labels, np.where(found.annotated, corrected, 0))
    np.testing.assert_array_equal(
        found.annotated, find_corrections(corrected, predicted, margin=margin).annotated
    )


@given(labels=LABELS, order=st.permutations([1, 2, 3, 4]))
def test_other_label_values_are_no_correction(labels, order) -> None:
    renamed = np.array([0, *order], np.int32)[labels]
    assert not find_corrections(labels, renamed).annotated.any()


def test_shapes_must_agree() -> None:
    with pytest.raises(ValueError, match="must have the same shape"):
        find_corrections(np.zeros((2, 2), np.int32), np.zeros((2, 3), np.int32))
