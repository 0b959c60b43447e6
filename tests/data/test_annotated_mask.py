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
def test_painted_pixels_are_annotated_and_labels_stay(
    labels, annotated, background
) -> None:
    before = labels.copy()
    some = ignore_unpainted(sample(labels, annotated), background=background)
    assert some.annotated[labels > 0].all()
    nuclei = (labels > 0) & (labels != background)
    np.testing.assert_array_equal(some.labels, np.where(nuclei, labels, 0))
    np.testing.assert_array_equal(labels, before)
    if annotated is not None:
        assert some.annotated[annotated].all()


def test_a_margin_of_background_around_a_nucleus_is_annotated(discs) -> None:
    labels = discs((80, 80), [(40, 40, 10)])
    some = ignore_unpainted(sample(labels))
    assert margin_width(labels) == 5
    rows, columns = np.mgrid[:80, :80]
    away = np.hypot(rows - 40, columns - 40)
    assert some.annotated[away < 14].all()
    assert not some.annotated[away > 16.5].any()


def test_the_margin_has_at_least_two_pixels(discs) -> None:
    assert margin_width(discs((20, 20), [(9, 9, 1)])) == 2
    assert margin_width(np.zeros((4, 4), np.int32)) == 2


@given(mask=MASKS, width=st.integers(1, 3))
def test_expanding_adds_near_pixels_only(mask, width) -> None:
    wide = expand_mask(mask, width)
    assert wide[mask].all()
    positions = np.argwhere(mask)
    for position in np.argwhere(wide):
        assert np.abs(positions - position).max(axis=1).min() <= width


@given(truth=LABELS, predicted=LABELS, annotated=MASKS)
def test_dropping_unannotated_nuclei_loses_no_match(
    truth, predicted, annotated
) -> None:
    annotated = annotated | (truth > 0)
    scored = drop_unannotated(predicted, annotated)
    assert set(np.unique(scored)) <= set(np.unique(predicted)) | {0}
    before, after = (count_objects(truth, x, [0.5])[0] for x in (predicted, scored))
    assert after.tp >= before.tp
    assert after.fp <= before.fp


@given(truth=LABELS, predicted=LABELS)
def test_a_complete_mask_counts_everything(truth, predicted) -> None:
    everywhere = np.ones(truth.shape, bool)
    plain = compare_annotated(sample(truth), predicted)
    assert compare_annotated(sample(truth, everywhere), predicted) == plain


def test_nuclei_outside_the_annotated_mask_are_not_wrong(discs) -> None:
    truth = discs((60, 120), [(30, 30, 10), (30, 90, 10)])
    painted = np.where(truth == 1, 1, 0).astype(np.int32)
    counts = compare_annotated(ignore_unpainted(sample(painted)), truth).objects[0]
    assert (counts.tp, counts.fp, counts.fn) == (1, 0, 0)
    counts = compare_annotated(sample(painted), truth).objects[0]
    assert (counts.tp, counts.fp, counts.fn) == (1, 1, 0)


def test_the_annotated_mask_must_fit_the_image() -> None:
    with pytest.raises(
        ValueError, match=r"annotated mask must have .* labels, \(4, 4\)"
    ):
        sample(np.ones((4, 4), np.int32), np.ones((4, 5), bool))
