from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from napari_nuclei.core.matching import count_objects
from napari_nuclei.data.annotated_mask import (
    compare_annotated,
    drop_unannotated,
    expand_mask,
    ignore_unpainted,
    margin_width,
)
from napari_nuclei.data.datasets import Sample

LABELS = arrays(np.int32, (9, 11), elements=st.integers(0, 5))
MASKS = arrays(bool, (9, 11))


def sample(labels: np.ndarray, annotated: np.ndarray | None = None) -> Sample:
    return Sample("made", labels.astype(np.uint8), labels, annotated)


@given(
    labels=LABELS, annotated=st.none() | MASKS, background=st.none() | st.integers(1, 5)
)
def test_all_that_is_painted_is_known_and_nothing_is_painted_anew(
    labels, annotated, background
) -> None:
    before = labels.copy()
    some = ignore_unpainted(sample(labels, annotated), background=background)
    assert some.annotated[labels > 0].all()
    kept = (labels > 0) & (labels != background)
    np.testing.assert_array_equal(some.labels, np.where(kept, labels, 0))
    np.testing.assert_array_equal(labels, before)
    if annotated is not None:
        assert some.annotated[annotated].all()


def test_around_a_nucleus_a_margin_of_background_is_known(discs) -> None:
    labels = discs((80, 80), [(40, 40, 10)])
    some = ignore_unpainted(sample(labels))
    assert margin_width(labels) == 5
    rows, columns = np.mgrid[:80, :80]
    away = np.hypot(rows - 40, columns - 40)
    assert some.annotated[away < 14].all()
    assert not some.annotated[away > 16.5].any()


def test_the_margin_is_never_so_thin_that_there_is_no_outline(discs) -> None:
    assert margin_width(discs((20, 20), [(9, 9, 1)])) == 2
    assert margin_width(np.zeros((4, 4), np.int32)) == 2


@given(mask=MASKS, width=st.integers(1, 3))
def test_growing_adds_what_is_near_and_nothing_else(mask, width) -> None:
    wide = expand_mask(mask, width)
    assert wide[mask].all()
    places = np.argwhere(mask)
    for place in np.argwhere(wide):
        assert np.abs(places - place).max(axis=1).min() <= width


@given(truth=LABELS, predicted=LABELS, annotated=MASKS)
def test_no_match_is_lost_with_what_is_unknown(truth, predicted, annotated) -> None:
    annotated = annotated | (truth > 0)  # what is painted is annotated
    fair = drop_unannotated(predicted, annotated)
    assert set(np.unique(fair)) <= set(np.unique(predicted)) | {0}
    before, after = (count_objects(truth, x, [0.5])[0] for x in (predicted, fair))
    assert after.tp >= before.tp
    assert after.fp <= before.fp


@given(truth=LABELS, predicted=LABELS)
def test_where_all_is_known_all_is_counted(truth, predicted) -> None:
    everywhere = np.ones(truth.shape, bool)
    plain = compare_annotated(sample(truth), predicted)
    assert compare_annotated(sample(truth, everywhere), predicted) == plain


def test_what_is_found_in_the_unknown_is_not_wrong(discs) -> None:
    truth = discs((60, 120), [(30, 30, 10), (30, 90, 10)])
    painted = np.where(truth == 1, 1, 0).astype(np.int32)
    counts = compare_annotated(ignore_unpainted(sample(painted)), truth).objects[0]
    assert (counts.tp, counts.fp, counts.fn) == (1, 0, 0)
    counts = compare_annotated(sample(painted), truth).objects[0]
    assert (counts.tp, counts.fp, counts.fn) == (1, 1, 0)


def test_known_must_fit_the_image() -> None:
    with pytest.raises(ValueError, match=r"annotated must have the shape \(4, 4\)"):
        sample(np.ones((4, 4), np.int32), np.ones((4, 5), bool))
