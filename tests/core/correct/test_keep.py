from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from napari_nuclei.core.correct.keep import keep_corrected

LABELS = arrays(np.int32, (7, 9), elements=st.integers(0, 5))


@given(
    new=LABELS,
    old=LABELS,
    corrected=st.sets(st.integers(0, 9)),
    deleted=arrays(bool, (7, 9)),
)
def test_corrected_nuclei_stay_and_no_number_is_used_twice(
    new, old, corrected, deleted
) -> None:
    kept = keep_corrected(new, old, corrected, deleted)
    right = np.isin(old, sorted(corrected - {0})) & (old > 0)
    np.testing.assert_array_equal(kept.labels[right], old[right])
    assert set(kept.corrected) == set(np.unique(old[right]).tolist())
    others = kept.labels[~right]
    assert not set(np.unique(others[others > 0]).tolist()) & set(kept.corrected)
    # Every other nucleus is one new nucleus, without its overlap with corrected ones.
    for number in np.unique(others[others > 0]):
        (origin,) = np.unique(new[kept.labels == number])
        assert origin not in (0, *kept.left_out)
        np.testing.assert_array_equal(kept.labels == number, (new == origin) & ~right)
        assert (deleted & (new == origin)).sum() * 2 <= (new == origin).sum()
    assert not others[np.isin(new[~right], kept.left_out)].any()
    found = set(np.unique(new).tolist()) - {0}
    assert len(np.unique(others[others > 0])) == len(found - set(kept.left_out))


def test_a_neighbour_loses_a_small_overlap(discs) -> None:
    old = discs((60, 90), [(30, 25, 12)])
    new = discs((60, 90), [(30, 48, 12)])
    assert np.any((old > 0) & (new > 0))
    kept = keep_corrected(new, old, [1])
    assert kept.left_out == ()
    np.testing.assert_array_equal(kept.labels == 1, old == 1)
    np.testing.assert_array_equal(kept.labels == 2, (new == 1) & (old == 0))
    again = keep_corrected(discs((60, 90), [(31, 26, 12)]), old, [1])
    assert again.left_out == (1,)
    np.testing.assert_array_equal(again.labels, old)


def test_nuclei_in_three_dimensions_and_other_types(discs) -> None:
    plane = discs((40, 60), [(20, 20, 6), (20, 45, 6)])
    old, new = (np.stack([plane] * 3).astype(kind) for kind in (np.uint16, np.int64))
    old[:, 20, 20] = 0
    kept = keep_corrected(new, old, [1])
    assert kept.labels.dtype == np.int32
    assert kept.left_out == (1,)
    np.testing.assert_array_equal(kept.labels, old)


def test_shapes_must_agree() -> None:
    labels = np.zeros((3, 3), int)
    with pytest.raises(ValueError, match=r"old_labels must have the shape of new"):
        keep_corrected(labels, labels[:2], [])
    with pytest.raises(ValueError, match="deleted must have the shape of new_labels"):
        keep_corrected(labels, labels, [], np.zeros(3, bool))
