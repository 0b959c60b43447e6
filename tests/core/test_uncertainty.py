from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from napari_nuclei.core.uncertainty import find_uncertain_regions, prediction_spread

DOUBT = arrays(np.float32, (20, 30), elements=st.floats(0, 0.5, width=32))


@given(doubt=DOUBT, side=st.integers(2, 12), count=st.integers(1, 6))
def test_regions_do_not_overlap_and_the_most_uncertain_is_first(
    doubt, side, count
) -> None:
    boxes = find_uncertain_regions(doubt, side, count)
    assert len(boxes) <= count
    seen = np.zeros(doubt.shape, int)
    for box in boxes:
        window = slice(box.row, box.row + side), slice(box.column, box.column + side)
        assert doubt[window].shape == (side, side)
        assert np.isclose(doubt[window].mean(), box.uncertainty, atol=1e-5)
        seen[window] += 1
    assert seen.max(initial=0) <= 1
    doubts = [box.uncertainty for box in boxes]
    assert doubts == sorted(doubts, reverse=True)


def test_annotated_pixels_count_as_certain() -> None:
    doubt = np.zeros((40, 40), np.float32)
    doubt[2:10, 2:10], doubt[25:33, 25:33] = 0.5, 0.3
    assert find_uncertain_regions(doubt, 8, 1)[0].row == 2
    assert find_uncertain_regions(doubt, 8, 1, annotated=doubt > 0.4)[0].row == 25
    assert find_uncertain_regions(doubt, 8, 5, annotated=doubt > 0) == []


@given(image=arrays(np.float32, (6, 9, 3), elements=st.floats(0, 1, width=32)))
def test_a_pointwise_network_gives_the_same_for_all_views(image) -> None:
    assert prediction_spread(image, lambda view: view.mean(axis=-1)).max() < 1e-6


def test_a_network_that_depends_on_direction_does_not() -> None:
    image = np.zeros((8, 8, 3), np.float32)
    image[4, 2] = 1
    found = prediction_spread(image, lambda view: np.roll(view[..., 0], 1, axis=1))
    assert found.max() > 0.1
