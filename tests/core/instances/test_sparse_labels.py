from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from napari_nuclei.core import row_bands
from napari_nuclei.core.instances.sparse_labels import LabelledPixels, SparseLabels

Labels = NDArray[np.int32]


@st.composite
def planes(draw: st.DrawFn) -> Labels:
    """Draw labels whose numbers may have gaps, sometimes in several row bands."""
    rng = np.random.default_rng(draw(st.integers(0, 1 << 30)))
    shape = draw(st.sampled_from([(1, 1), (7, 9), (2 * row_bands.BAND_HEIGHT + 5, 3)]))
    return rng.integers(0, draw(st.sampled_from([1, 3, 40])), shape).astype(np.int32)


@given(labels=planes())
def test_labels_are_the_same_after_a_round_trip(labels: Labels) -> None:
    objects = SparseLabels.from_labels(labels)
    np.testing.assert_array_equal(objects.to_labels(), labels)
    np.testing.assert_array_equal(objects.areas[1:], np.bincount(labels.ravel())[1:])
    assert objects.count == labels.max()
    assert objects.areas[0] == 0


@given(labels=planes(), twice=st.booleans(), data=st.data())
def test_selected_objects_are_renumbered_in_order(
    labels: Labels, twice: bool, data: st.DataObject
) -> None:
    objects = SparseLabels.from_labels(labels)
    values = np.arange(labels.size, dtype=np.float32).reshape(labels.shape) % 9
    if twice:
        objects = objects.remove_small(2)
    selected = np.array(
        data.draw(
            st.lists(
                st.booleans(), min_size=objects.count + 1, max_size=objects.count + 1
            )
        )
    )
    before = objects.to_labels()
    filtered = objects.filter(selected)
    expected = np.zeros_like(labels)
    sums = [0.0]
    for number, old in enumerate(np.flatnonzero(selected[1:]) + 1, 1):
        expected[before == old] = number
        sums.append(values[before == old].sum())
    np.testing.assert_array_equal(filtered.to_labels(), expected)
    np.testing.assert_array_equal(objects.to_labels(), before)
    np.testing.assert_array_equal(filtered.sum_values(values), sums)
    np.testing.assert_array_equal(filtered.areas[1:], objects.areas[1:][selected[1:]])
    top = len(labels) // 3
    in_rows, expected_pixels = (
        filtered.pixels_in_rows(slice(top, len(labels))),
        LabelledPixels.from_labels(expected[top:]),
    )
    np.testing.assert_array_equal(in_rows.indices, expected_pixels.indices)
    np.testing.assert_array_equal(in_rows.label_values, expected_pixels.label_values)
    component = (7 * expected).astype(np.int32)
    sampled = [7 * n if area else 0 for n, area in enumerate(filtered.areas)]
    assert filtered.sample_plane(component).tolist() == sampled


def test_numbers_without_pixels_are_removed() -> None:
    labels = np.array([[0, 7, 7], [3, 0, 0]], np.int32)
    np.testing.assert_array_equal(
        SparseLabels.from_labels(labels).remove_small(0).to_labels(),
        [[0, 2, 2], [1, 0, 0]],
    )


def test_selecting_every_object_returns_the_same_labels() -> None:
    objects = SparseLabels.from_labels(np.array([[0, 1, 2]], np.int32))
    assert objects.remove_small(1) is objects
